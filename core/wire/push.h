/*
 * push.h - what the engine and its pushers say to each other.
 *
 * One JSON object a line over a socket pair that is the pusher's standard
 * input (both directions). The engine is trusted; the host is not. A pusher
 * knows nothing of rollouts, policy or the database: it runs jobs, each one
 * act on one host, and answers each exactly once.
 *
 * ENGINE TO PUSHER
 *
 * {"m":"settings", "ssh":{"keys":[PATH], "known_hosts":[PATH],
 *    "use_agent":BOOL, "config":PATH|null (what `openssh` reads, and
 *    `auto` looks into), "connect_timeout_ms":N},
 *  "limits":{"connections":N (of this pusher), "unauthenticated_per_host":N,
 *    "bandwidth_bytes":N (a second, of this pusher, 0 = none)},
 *  "idle_ms":N}                  first, and again after a reload
 *
 * {"m":"job", "job":N, "op":OP, "timeout_ms":N,
 *  "host":{"name","transport","address","port","user","path",
 *    "known","known_reason"},    known: the transport that reached a host
 *                                of `auto` the last time, and its reason,
 *                                as the message "host" said
 *  "root":"/srv/shop",           the service's root on the host; `local`
 *                                puts "path" before it, both here and in
 *                                every path that the host program shows
 *  "lease":{"engine":ID, "epoch":N, "rollout":"R-57", "reason":TEXT,
 *    "ledger_head":HEX},         with every op but probe, exec, hostkey
 *  "args":{...}}                "hasty":true in it: a person waits, who is
 *                                told (refused, no_key) where no key is there
 *
 * {"m":"cancel", "job":N}        drop it if it has not begun (answered with
 *                                outcome "unreachable"), else cut its link
 * {"m":"idle", "host":NAME}      no more jobs for this host soon
 *
 * PUSHER TO ENGINE
 *
 * {"m":"ready", "protocol":PUSH_PROTOCOL, "version":TEXT}
 * {"m":"progress", "job":N, "done_bytes":N, "total_bytes":N}   while staging,
 *                                at most twice a second
 * {"m":"output", "job":N, "text":TEXT}  what a command printed, in order;
 *                                made printable (text_add_output), UTF-8,
 *                                at most 16 KiB each; no more than the last
 *                                64 KiB of a flood is sent
 * {"m":"result", "job":N, "outcome":OUTCOME, "data":{...},
 *  "error":{"code","message","hint"}}    error unless outcome is "done"
 * {"m":"condition", "name":"no_key", "on":BOOL, "message":TEXT}  neither an
 *                                agent nor a key file can be used; jobs that
 *                                need it wait in the pusher, they do not fail
 * {"m":"host", "name":NAME, "key_fingerprint":"SHA256:...",
 *  "transport":"ssh", "transport_reason":TEXT}   after each connect; the
 *                                reason is "" unless `auto` fell back
 *
 * OUTCOMES
 *   done         it is so
 *   failed       it ran and failed: exit status, signal, time-out, digest
 *   refused      the host program refused, nothing was changed: lease held
 *                (busy), foreign_engine, `current` a directory (exists), no
 *                space (no_space), unmanaged ...
 *   interrupted  a step began and never ended, and nothing of it runs any
 *                more: nobody can say what it did (see op step)
 *   unreachable  the host was not reached, nothing was sent
 *   lost         the link was lost; it may or may not have happened. Sending
 *                the same job again is safe: see below
 *
 * OPS. All are idempotent when sent again with the same rollout and args:
 * the host's journal knows what happened.
 *
 * probe   args {}. Reads, changes nothing, needs no lease and no root.
 *   data {"user","hostname","kernel","shell","tools":{"flock":BOOL,
 *   "setsid","gzip","tar","openssl","zstd","rsync"}, "free_bytes",
 *   "free_inodes","clock_offset_ms","root_exists","engine":ID|null,"epoch",
 *   "root_path" (as the host sees it), "root_denied":PATH|null (where it
 *   cannot be made, or the user may not read and write: what is said of the
 *   root is not to be relied on),
 *   "current":RELEASE|null, "current_kind":"none|release|foreign|directory",
 *   "current_target":TEXT|null (what the link says),
 *   "releases":[RELEASE...], "lease":null|{"engine","epoch","rollout",
 *   "reason","since"}}
 * lock    args {}. Makes the root and .sluice, checks engine and epoch,
 *   takes the lease, journals the ledger's head. data as probe, without
 *   what it says of the machine: user to clock_ms, but tools.
 *   All further ops take the lease by themselves when the session is new.
 * stage   args {"release":"1.4.2-9f2c01ab34cd", "payload":{"path","bytes",
 *   "sha256","format":"tar|tar.gz|file","name","mode" (of a file, octal
 *   text, default "755")}, "manifest":{"path"|null,"bytes"} (as sha256sum
 *   writes it; lines of shared paths are left out on the way),
 *   "unpacked_bytes":N, "shared":[PATH], "umask":"022", "ways":[{"kind":
 *   "files|patch|gzip", "base":RELEASE (not of gzip), "path","bytes",
 *   "sha256"}...]}. Upload, verify, unpack, journal. Ways are what may travel
 *   instead of the payload, tried in order: "files" has what is not in the
 *   base (store/artefact_delta.h), the rest is copied from there and all of
 *   it checked against the manifest (copied files have the times of the
 *   base's, or with busybox that of copying); "patch" is zstd's, against the
 *   one file of the base; "gzip" is the payload, packed. On any doubt the
 *   host asks for the next, and at last for the payload itself.
 *   data {"already":BOOL (it was there and whole), "sent_bytes",
 *   "way":KIND|"whole"|null}. `already` was checked against its manifest. A
 *   release that is `current` and altered is not replaced: failed, corrupt.
 * verify  args {"release"}. The release is there and agrees with its
 *   manifest; else failed, code corrupt or not_found.
 * step    args {"step":"after_switch", "attempt":N, "run":TEXT,
 *   "timeout_ms":N, "release":RELEASE (working directory; a path with
 *   "foreign":true), "env":{NAME:VALUE}}. Runs /bin/sh on the text,
 *   detached, journalled under (rollout, step, attempt): never
 *   begun: it runs; running: attach and wait; ended: the recorded result
 *   with "replayed":true; begun, not ended and dead:
 *   outcome interrupted. A time-out kills its whole session.
 *   data {"exit":N|null, "signal":N|null, "timed_out":BOOL, "replayed":BOOL,
 *   "duration_ms", "output_bytes" (about, for a flood)}. SLUICE_ROOT,
 *   _RELEASE, _PREVIOUS have defaults that env may override; SLUICE_HOST,
 *   _ROLLOUT and _STEP are set always. Who attaches or gets a recorded result
 *   gets the output from its beginning (of a flood what is left). The same
 *   key with another command is refused (exists).
 * switch  args {"release", "attempt":N}. Atomic; done at once when `current`
 *   is that release already. data {"previous":RELEASE|TARGET|null,
 *   "previous_kind":"none|release|foreign"}. A foreign target may be
 *   given as "release" with "foreign":true to go back to it. With
 *   "slot":"blue|green" ROOT/slots/COLOUR leads to the release instead; with
 *   "live":true too, which wants it to be there, ROOT/live leads to the slot
 *   and `current` to the release.
 * exec    args {"run","timeout_ms","env","cwd":PATH|null, "release" (optional:
 *   gives the defaults of cwd and of the variables, as for step)}. Not
 *   journalled, needs no lease (health checks, metrics, host run); dies with
 *   the link.
 *   data {"exit","signal","timed_out","duration_ms","output_bytes"}
 * clean   args {"keep":N, "protect":[RELEASE]}. Removes the oldest beyond
 *   keep, never `current`, never one of protect. data {"removed":[RELEASE]}
 * unlock  args {"note":TEXT}. Journals the note, frees the lease.
 * adopt   args {}. Takes over another engine's id, with the lease's own
 *   (rollout may be ""); what it knew of that engine's steps is forgotten.
 *   busy while a program or a step of that engine is alive.
 * journal args {"lines":N}. data {"lines":[TEXT]}
 * hostkey args {"method":NAME|absent}. Transport ssh only: the key exchange
 *   and nothing behind it, nothing is checked, no key of ours is needed.
 *   data {"key":"TYPE BASE64", "fingerprint"}
 */
#ifndef SLUICE_WIRE_PUSH_H
#define SLUICE_WIRE_PUSH_H

#define PUSH_PROTOCOL 1
#define PUSH_LINE_MAX (4 * 1024 * 1024)

#endif
