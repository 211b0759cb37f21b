-- schema.sql - the database of the engine, version 1.
-- Times are unix seconds in UTC unless a name ends in _ms; 0 is "not yet".
-- States and kinds are stored by name, ids as the number behind C- and R-.

CREATE TABLE meta (
	key TEXT PRIMARY KEY,	-- engine_id, epoch, created_at, ledger_head
	value TEXT NOT NULL	-- of ledger_head: "SEQ HASH" of the newest entry
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	service TEXT NOT NULL,
	version TEXT NOT NULL,
	sha256 TEXT NOT NULL,		-- of the bytes that were given
	size_bytes INTEGER NOT NULL,	-- of the bytes that were given
	files INTEGER NOT NULL,		-- regular files in it
	file_name TEXT,			-- what it was called when given
	format TEXT NOT NULL,		-- of the payload: tar, tar.gz, file
	payload_sha256 TEXT NOT NULL,	-- of what travels to hosts
	payload_bytes INTEGER NOT NULL,
	unpacked_bytes INTEGER NOT NULL,
	notes TEXT,
	commit_id TEXT,			-- of the source
	committed_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	created_by TEXT,		-- person
	quarantine TEXT,		-- reason, NULL: may be used
	signed_by TEXT,
	UNIQUE (service, version)	-- a name means one artefact for ever
) STRICT;
CREATE INDEX releases_payload ON releases (payload_sha256);

CREATE TABLE release_files (
	release INTEGER NOT NULL REFERENCES releases (id),
	number INTEGER NOT NULL,	-- order in the archive, from 1
	path TEXT NOT NULL,
	link TEXT,			-- target of a symbolic link
	mode INTEGER NOT NULL,
	size_bytes INTEGER NOT NULL,
	sha256 TEXT NOT NULL,		-- empty for links and directories
	PRIMARY KEY (release, number)
) STRICT, WITHOUT ROWID;

-- What is shown about a release; never deleted, the newest of a kind counts.
CREATE TABLE evidence (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	service TEXT NOT NULL,
	version TEXT NOT NULL,
	sha256 TEXT NOT NULL,		-- of the artefact it is about
	kind TEXT NOT NULL,
	format TEXT NOT NULL,		-- junit sarif cyclonedx stated signoff
	role TEXT,			-- of a sign-off
	file_name TEXT,
	file_sha256 TEXT NOT NULL,	-- empty for a sign-off
	size_bytes INTEGER NOT NULL,
	result TEXT NOT NULL,		-- pass, fail, none
	passed INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	critical INTEGER NOT NULL,
	high INTEGER NOT NULL,
	medium INTEGER NOT NULL,
	low INTEGER NOT NULL,
	waived INTEGER NOT NULL,
	waived_until INTEGER NOT NULL,	-- the first waiver ends, 0: none does
	stated_at INTEGER NOT NULL,	-- made then, as it says itself, or 0
	added_by TEXT NOT NULL,		-- person
	added_uid INTEGER NOT NULL,
	added_at INTEGER NOT NULL,
	text TEXT
) STRICT;
CREATE INDEX evidence_release ON evidence (service, version);

-- The files themselves, by their digest.
CREATE TABLE evidence_files (
	sha256 TEXT PRIMARY KEY,
	bytes BLOB NOT NULL
) STRICT;

CREATE TABLE plans (
	digest TEXT NOT NULL UNIQUE,	-- SHA-256 of text
	text TEXT NOT NULL		-- canonical plan
) STRICT;

CREATE TABLE changes (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	revision INTEGER NOT NULL,
	state TEXT NOT NULL,
	type TEXT NOT NULL,
	service TEXT,
	version TEXT,
	env TEXT,
	strategy TEXT,			-- asked for, NULL: the environment's
	selector TEXT,			-- NULL: all hosts of the environment
	why TEXT,
	unplanned TEXT,			-- incident it answers, NULL: planned
	author TEXT,
	author_uid INTEGER NOT NULL,
	plan_digest TEXT NOT NULL,	-- empty while it is a draft
	approvals_required INTEGER NOT NULL,
	approvals_given INTEGER NOT NULL,
	reason TEXT,			-- of the last outcome or refusal
	created_at INTEGER NOT NULL,
	submitted_at INTEGER NOT NULL,
	approved_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	scheduled_at INTEGER NOT NULL,	-- 0: nothing starts by itself
	rollout INTEGER NOT NULL,	-- the latest, 0: none
	due_at_ms INTEGER NOT NULL,	-- time alone alters it then, 0: never
	answer_by INTEGER NOT NULL,	-- the request ends, 0: never
	valid_until INTEGER NOT NULL,	-- the approvals end, 0: never
	review_by INTEGER NOT NULL,	-- of an emergency, 0: none is owed
	outcome TEXT,			-- as it was closed
	closed_by TEXT,			-- person
	closed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_state ON changes (state);
CREATE INDEX changes_scheduled ON changes (scheduled_at)
	WHERE scheduled_at <> 0;
CREATE INDEX changes_due ON changes (due_at_ms) WHERE due_at_ms <> 0;

-- What people said about a change or a request; never deleted.
CREATE TABLE decisions (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	object TEXT NOT NULL,		-- "C-42", "Q-3"
	revision INTEGER NOT NULL,
	verb TEXT NOT NULL,		-- approve, reject, comment, ...
	person TEXT NOT NULL,
	uid INTEGER NOT NULL,
	login_uid INTEGER NOT NULL,	-- -1: not set
	roles TEXT NOT NULL,		-- that the person had, with commas
	digest TEXT NOT NULL,		-- of what they were shown
	at INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,	-- end of its grace time
	text TEXT,
	undone_at INTEGER NOT NULL,	-- taken back, 0: it was not
	void_reason TEXT		-- why it does not count any more
) STRICT;
CREATE INDEX decisions_object ON decisions (object);

-- Acts that need a second person.
CREATE TABLE proposals (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL,		-- policy.override, freeze.override ...
	object TEXT NOT NULL,		-- what it is about: "C-42"
	args TEXT NOT NULL,		-- canonical JSON object of its kind
	text TEXT NOT NULL,		-- why
	digest TEXT NOT NULL,		-- what an answer is bound to
	state TEXT NOT NULL,
	author TEXT NOT NULL,		-- person
	author_uid INTEGER NOT NULL,
	reason TEXT,			-- of its outcome
	created_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	answer_by INTEGER NOT NULL,	-- 0: no limit
	due_at_ms INTEGER NOT NULL	-- time alone alters it then, 0: never
) STRICT;
CREATE INDEX proposals_object ON proposals (object);
CREATE INDEX proposals_state ON proposals (state);

-- Who looks at a request: tells others and blocks nobody.
CREATE TABLE claims (
	object TEXT NOT NULL,
	person TEXT NOT NULL,
	until INTEGER NOT NULL,
	PRIMARY KEY (object, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollouts (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	change_id INTEGER REFERENCES changes (id),
	kind TEXT NOT NULL,		-- deploy, rollback
	state TEXT NOT NULL,
	is_over INTEGER NOT NULL,	-- nothing runs unless it is retried
	pause_cause TEXT NOT NULL,
	service TEXT,
	version TEXT,
	env TEXT,
	strategy TEXT,
	plan_digest TEXT NOT NULL,
	author TEXT,			-- who started it
	reason TEXT,			-- why paused, failed, aborted
	undoes INTEGER NOT NULL,	-- the rollout that this one undoes, or 0
	rollback INTEGER NOT NULL,	-- the rollout that undoes this one, or 0
	wave INTEGER NOT NULL,		-- current, from 1
	waves INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	gate_until INTEGER NOT NULL,	-- end of a bake
	stop_asked INTEGER NOT NULL,	-- abort was asked for
	then_rollback INTEGER NOT NULL	-- ... with the way back after it
) STRICT;
CREATE INDEX rollouts_change ON rollouts (change_id);
CREATE INDEX rollouts_active ON rollouts (id) WHERE is_over = 0;

CREATE TABLE rollout_hosts (
	rollout INTEGER NOT NULL REFERENCES rollouts (id),
	number INTEGER NOT NULL,	-- order in the plan, from 0
	host TEXT NOT NULL,
	wave INTEGER NOT NULL,		-- 0: it stays as it is (blue-green)
	state TEXT NOT NULL,
	target TEXT,			-- release directory it shall run
	version TEXT,
	is_foreign INTEGER NOT NULL,	-- target was not made by sluice
	previous TEXT,			-- what ran before, as found
	previous_version TEXT,
	previous_is_foreign INTEGER NOT NULL,
	target_plan TEXT NOT NULL,	-- plan whose commands apply, or empty
	step TEXT,			-- the last that was begun
	is_busy INTEGER NOT NULL,	-- ... and has no outcome yet
	switched INTEGER NOT NULL,	-- current was changed in this rollout
	attempts INTEGER NOT NULL,
	failures INTEGER NOT NULL,	-- a retry does not take them back
	error TEXT,
	way_back_error TEXT,		-- why it cannot go back, NULL: it can
	started_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL,
	PRIMARY KEY (rollout, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_hosts_state ON rollout_hosts (rollout, state);
CREATE INDEX rollout_hosts_busy ON rollout_hosts (rollout) WHERE is_busy = 1;

CREATE TABLE steps (
	id INTEGER PRIMARY KEY,
	rollout INTEGER NOT NULL REFERENCES rollouts (id),
	host TEXT NOT NULL,
	step TEXT NOT NULL,
	attempt INTEGER NOT NULL,	-- from 1
	epoch INTEGER NOT NULL,		-- of the engine that began it
	state TEXT NOT NULL,		-- running: an intent without outcome
	started_at_ms INTEGER NOT NULL,
	finished_at_ms INTEGER NOT NULL,
	exit_code INTEGER NOT NULL,	-- -1: none
	signal INTEGER NOT NULL,	-- 0: none
	error TEXT,
	output_bytes INTEGER NOT NULL	-- printed, also what was dropped
) STRICT;
CREATE INDEX steps_rollout ON steps (rollout);
CREATE INDEX steps_host ON steps (rollout, host, step, attempt);

-- What a step printed, in pieces; the last 64 KiB are kept.
CREATE TABLE outputs (
	step INTEGER NOT NULL,		-- steps.id
	starts_at_byte INTEGER NOT NULL, -- of the piece in all that was printed
	text BLOB NOT NULL,
	PRIMARY KEY (step, starts_at_byte)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployments (
	host TEXT NOT NULL,
	service TEXT NOT NULL,
	env TEXT NOT NULL,
	release TEXT,			-- directory on the host
	version TEXT,
	previous_version TEXT,
	expected_version TEXT,
	state TEXT,		-- healthy failed behind unknown unmanaged
	rollout INTEGER NOT NULL,	-- the last that touched it, or 0
	changed_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	PRIMARY KEY (host, service, env)
) STRICT, WITHOUT ROWID;

-- Releases that were healthy on a host: where a way back may lead. A row
-- that is seen again gets a new id, so the latest has the highest.
CREATE TABLE healthy (
	id INTEGER PRIMARY KEY,
	service TEXT NOT NULL,
	host TEXT NOT NULL,
	release TEXT NOT NULL,		-- directory on the host
	version TEXT NOT NULL,
	plan_digest TEXT NOT NULL,	-- plan that installed it
	at INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL DEFAULT 0, -- taken back from this host:
				-- only a person who names it gets it again
	UNIQUE (service, host, release)
) STRICT;

CREATE TABLE host_facts (
	host TEXT NOT NULL,
	key TEXT NOT NULL,	-- fingerprint, transport, last_seen_at, facts
	value TEXT NOT NULL,
	PRIMARY KEY (host, key)
) STRICT, WITHOUT ROWID;

-- Every wait with its cause: what later measures are made of.
CREATE TABLE waits (
	id INTEGER PRIMARY KEY,
	object TEXT NOT NULL,		-- "C-42", "R-57"
	cause TEXT NOT NULL,
	began_at INTEGER NOT NULL,
	ended_at INTEGER		-- NULL: still waiting
) STRICT;
CREATE UNIQUE INDEX waits_open ON waits (object, cause)
	WHERE ended_at IS NULL;
CREATE INDEX waits_object ON waits (object);

-- Windows, freezes and holidays beside those of the configuration. Lists are
-- words with a space between; local times are what the clocks of zone show,
-- as if they were UTC.
CREATE TABLE periods (
	id INTEGER PRIMARY KEY AUTOINCREMENT,	-- behind F-, W- or H-
	kind TEXT NOT NULL,
	name TEXT,
	envs TEXT NOT NULL,		-- empty: all
	services TEXT NOT NULL,		-- empty: all
	selector TEXT,			-- over labels, NULL: all hosts
	zone TEXT,
	starts_local INTEGER NOT NULL,
	days INTEGER NOT NULL,		-- nominal, and then ...
	exact_s INTEGER NOT NULL,	-- ... seconds
	rrule TEXT,
	exdates TEXT NOT NULL,		-- local starts that do not happen
	severity TEXT NOT NULL,
	effect TEXT NOT NULL,		-- on what runs when it closes
	uid TEXT,			-- of iCalendar, NULL: made here
	sequence INTEGER NOT NULL,	-- rises with every edit
	reason TEXT,
	author TEXT,
	author_uid INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL	-- removed
) STRICT;
CREATE UNIQUE INDEX periods_uid ON periods (kind, uid) WHERE uid IS NOT NULL;

-- One change that one freeze lets through; it ends with the change.
CREATE TABLE overrides (
	freeze TEXT NOT NULL,		-- "F-3", "production/year end"
	change_id INTEGER NOT NULL REFERENCES changes (id),
	author TEXT,
	author_uid INTEGER NOT NULL,
	reason TEXT,
	at INTEGER NOT NULL,
	PRIMARY KEY (change_id, freeze)
) STRICT, WITHOUT ROWID;

-- Environments in which everything is held.
CREATE TABLE lines (
	env TEXT PRIMARY KEY,
	author TEXT,
	author_uid INTEGER NOT NULL,
	reason TEXT,
	stopped_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Requests that were answered: the same id is the same act.
CREATE TABLE requests (
	uid INTEGER NOT NULL,
	request_id TEXT NOT NULL,
	method TEXT NOT NULL,
	args_digest TEXT NOT NULL,
	answer TEXT NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (uid, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_at ON requests (at);

-- hash is the SHA-256 of
-- {"at":..,"detail":{..},"object":"..","prev_hash":"..","reason":"..",
--  "seq":..,"uid":..,"what":"..","who":".."} without spaces or line ends.
CREATE TABLE ledger (
	seq INTEGER PRIMARY KEY AUTOINCREMENT, -- from 1, without gaps
	at INTEGER NOT NULL,		-- never runs back
	who TEXT NOT NULL,		-- person, or "engine"
	uid INTEGER NOT NULL,		-- -1: the engine itself
	what TEXT NOT NULL,
	object TEXT NOT NULL,
	reason TEXT NOT NULL,
	detail TEXT NOT NULL,		-- canonical JSON object
	prev_hash TEXT NOT NULL,	-- 64 zeros in the first
	hash TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_object ON ledger (object);
