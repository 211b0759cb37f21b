/*
 * cmd_trust.c - the keys of hosts: never recorded blindly. The person says a
 * fingerprint, which must be that of a key the host shows, or gives the lines
 * of a known_hosts file. Keys go to the first configured known_hosts file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/known_hosts.h"
#include "base/log.h"
#include "engine/cmd.h"
#include "engine/pushers.h"
#include "wire/json.h"

#define FILE_MOST (64 * 1024 * 1024)
#define FROM_MOST (4 * 1024 * 1024)
#define KEYS_MOST 32
#define ASK_MS 30000

/* One connection each, until the one with the right fingerprint is found. */
static const char *const methods_of_keys[] = {"ssh-ed25519",
	"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"rsa-sha2-512,rsa-sha2-256"};

struct trusting {
	struct request *rq;
	char *name;	/* in known_hosts */
	size_t method;	/* being asked for */
	struct strbuf seen;
	char first[HOSTKEY_FINGERPRINT_SIZE]; /* seen */
	struct error error; /* the first */
	struct known_key keys[KEYS_MOST];
	size_t count;
};

static void
trusting_destroy(struct trusting *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		known_key_finish(&t->keys[i]);
	strbuf_finish(&t->seen);
	free(t->name);
	free(t);
}

static void
trusting_fail(struct trusting *t, const struct error *e)
{
	request_fail(t->rq, e);
	trusting_destroy(t);
}

/* ---- the file ---- */

/* A file that is not there is empty; *ret is owned. */
static int
read_known(const char *path, char **ret, struct error *e)
{
	size_t len;

	if (!file_exists(path)) {
		*ret = xstrdup("");
		return 0;
	}
	if (file_read(path, FILE_MOST, ret, &len, e) == -1)
		return -1;
	if (strlen(*ret) == len)
		return 0;
	free(*ret);
	return error_set(e, ERROR_INVALID, "'%s' is not a text file", path);
}

/* Whether a line of the file has the key, with that marker; name NULL: of
 * any host. */
static bool
text_has_key(const char *text, const char *name, enum known_marker marker,
	const struct known_key *key)
{
	bool found = false;

	while (*text != '\0' && !found) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);
		struct known_key k;

		if (known_key_parse(line, &k)) {
			found = k.marker == marker &&
				known_key_is(&k, key->blob, key->blob_len) &&
				known_hosts_match(k.hosts, name);
			known_key_finish(&k);
		}
		free(line);
		text += len + (text[len] == '\n');
	}
	return found;
}

/* 1: some configured file has the key of this host so; 0; -1. */
static int
is_recorded(struct trusting *t, const struct known_key *key,
	enum known_marker marker, struct error *e)
{
	const struct strings *files = &t->rq->en->settings->ssh_known_hosts;
	size_t i;
	int found = 0;

	for (i = 0; i < files->count && found == 0; i++) {
		char *text;

		if (read_known(files->items[i], &text, e) == -1)
			return -1;
		found = text_has_key(text, t->name, marker, key);
		free(text);
	}
	return found;
}

static int
refuse_revoked(struct trusting *t, struct error *e)
{
	char print[HOSTKEY_FINGERPRINT_SIZE];
	size_t i;

	for (i = 0; i < t->count; i++) {
		int found = is_recorded(t, &t->keys[i], KNOWN_REVOKED, e);

		if (found == -1)
			return -1;
		hostkey_fingerprint(
			t->keys[i].blob, t->keys[i].blob_len, print);
		if (found == 1)
			return error_set(e, ERROR_HOST_KEY,
				"the host key %s is marked @revoked: it is "
				"not trusted again",
				print);
	}
	return 0;
}

/* The file with its new lines; a link is followed, its mode stays. */
static int
write_known(const char *path, const struct strbuf *text, struct error *e)
{
	char *real = realpath(path, NULL), *slash;
	struct stat st;
	mode_t mode = 0600;
	int result;

	if (real != NULL && stat(real, &st) == 0)
		mode = st.st_mode & 0777;
	if (real == NULL) {
		real = xstrdup(path);
		slash = strrchr(real, '/');
		if (slash != NULL && slash != real) {
			*slash = '\0';
			if (dir_make(real, 0700, e) == -1) {
				free(real);
				return -1;
			}
			*slash = '/';
		}
	}
	result = file_write_atomic(real, text->buf, text->len, mode, e);
	free(real);
	return result;
}

static json_t *
keys_json(const struct trusting *t)
{
	json_t *list = json_array();
	char print[HOSTKEY_FINGERPRINT_SIZE];
	size_t i;

	for (i = 0; i < t->count; i++) {
		hostkey_fingerprint(
			t->keys[i].blob, t->keys[i].blob_len, print);
		json_array_append_new(list,
			json_pack("{s:s, s:s}", "type", t->keys[i].type,
				"fingerprint", print));
	}
	return list;
}

/* The decision is on the disk before the file is. */
static int
record_keys(struct trusting *t, struct error *e)
{
	struct request *rq = t->rq;
	const char *path = rq->en->settings->ssh_known_hosts.items[0];
	struct actor by = request_actor(rq);
	struct strbuf out, replaced;
	char *text = NULL;
	int result = -1;

	strbuf_init(&out);
	strbuf_init(&replaced);
	if (refuse_revoked(t, e) == -1 || read_known(path, &text, e) == -1)
		goto out;
	known_hosts_put(text, t->name, t->keys, t->count, &out, &replaced);
	engine_record(rq->en, by.who, by.uid, "host.trust",
		arg_string(rq, "host"), "",
		json_pack("{s:o, s:s, s:s, s:s}", "keys", keys_json(t), "name",
			t->name, "replaced", replaced.buf, "file", path));
	engine_flush(rq->en);
	result = write_known(path, &out, e);
	if (result == -1)
		engine_record(rq->en, "engine", -1, "host.trust_failed",
			arg_string(rq, "host"), e->text, NULL);
	else
		request_done(rq,
			json_pack("{s:s, s:s, s:o, s:s, s:s, s:b}", "host",
				arg_string(rq, "host"), "name", t->name,
				"keys", keys_json(t), "replaced", replaced.buf,
				"file", path, "changed", 1));
out:
	free(text);
	strbuf_finish(&out);
	strbuf_finish(&replaced);
	return result;
}

static void
trust_now(struct trusting *t)
{
	struct error e;

	if (record_keys(t, &e) == -1)
		request_fail(t->rq, &e);
	trusting_destroy(t);
}

/* ---- the host's own key ---- */

static void ask_next(struct trusting *t);

/* Nobody has said whether this is right; unless it is recorded already. */
static void
show_key(struct trusting *t, const struct known_key *key)
{
	const char *host = arg_string(t->rq, "host");
	struct error e;
	int known = is_recorded(t, key, KNOWN_PLAIN, &e);

	if (known == 1) {
		request_done(t->rq,
			json_pack("{s:s, s:s, s:[{s:s, s:s}], s:s, s:b}",
				"host", host, "name", t->name, "keys", "type",
				key->type, "fingerprint", t->first, "replaced",
				"", "changed", 0));
		trusting_destroy(t);
		return;
	}
	if (known == 0) {
		error_set(&e, ERROR_CONFIRM,
			"host '%s' (%s) shows the %s key %s, and nobody has "
			"said that this is right",
			host, t->name, key->type, t->first);
		error_hint(&e,
			"compare it with what the host itself says (there: "
			"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), "
			"then: sluice host trust %s --fingerprint %s",
			host, t->first);
	}
	trusting_fail(t, &e);
}

static void
take_key(struct trusting *t, const json_t *data)
{
	const char *wanted = arg_string(t->rq, "fingerprint");
	char print[HOSTKEY_FINGERPRINT_SIZE];
	struct known_key key;

	if (!known_key_parse_public(json_get_string(data, "key", ""), &key)) {
		error_set(&t->error, ERROR_PROTOCOL,
			"the host showed no key that can be read");
		ask_next(t);
		return;
	}
	hostkey_fingerprint(key.blob, key.blob_len, print);
	if (t->first[0] == '\0')
		memcpy(t->first, print, sizeof(print));
	strbuf_addf(&t->seen, "%s%s %s", t->seen.len > 0 ? ", " : "", key.type,
		print);
	if (wanted == NULL) {
		show_key(t, &key);
		known_key_finish(&key);
	} else if (strcmp(wanted, print) == 0) {
		t->keys[t->count++] = key;
		trust_now(t);
	} else {
		known_key_finish(&key);
		ask_next(t);
	}
}

static void
on_key(enum job_outcome outcome, const json_t *data, const struct error *error,
	const char *output, void *arg)
{
	struct trusting *t = arg;

	(void)output;
	t->method++;
	if (outcome == OUTCOME_DONE) {
		take_key(t, data);
		return;
	}
	if (t->error.code == ERROR_NONE)
		t->error = *error;
	ask_next(t);
}

/* No key of any kind was the one that was meant. */
static void
give_up(struct trusting *t)
{
	const char *host = arg_string(t->rq, "host");
	struct error e;

	if (t->seen.len > 0) {
		error_set(&e, ERROR_HOST_KEY,
			"host '%s' (%s) shows %s, which is not %s: nothing "
			"was recorded",
			host, t->name, t->seen.buf,
			arg_string(t->rq, "fingerprint"));
		error_hint(&e, "if the host is right, use its fingerprint; if "
			       "not, somebody stands between you and it");
	} else {
		e = t->error;
		error_hint(&e,
			"where only ssh itself gets there, take its lines: "
			"ssh-keyscan on a machine you trust, compare, then "
			"sluice host trust %s --from FILE",
			host);
	}
	trusting_fail(t, &e);
}

static void
ask_next(struct trusting *t)
{
	struct engine *en = t->rq->en;
	const struct host *h =
		settings_host(en->settings, arg_string(t->rq, "host"));

	if (t->method == ARRAY_SIZE(methods_of_keys) || h == NULL) {
		give_up(t);
		return;
	}
	pushers_ask(en->pushers, h, NULL, "hostkey",
		json_pack("{s:s}", "method", methods_of_keys[t->method]), "",
		ASK_MS, on_key, t);
}

/* ---- lines that came along ---- */

/* A line that speaks of this host, or a bare public key. */
static bool
line_is_of(const struct trusting *t, const struct host *h, const char *line,
	struct known_key *ret)
{
	bool is_its;

	if (known_key_parse_public(line, ret))
		return true;
	if (!known_key_parse(line, ret))
		return false;
	is_its = ret->marker == KNOWN_PLAIN &&
		 (known_hosts_match(ret->hosts, t->name) ||
			 known_hosts_match(ret->hosts, h->name));
	if (!is_its)
		known_key_finish(ret);
	return is_its;
}

static void
take_lines(struct trusting *t, const struct host *h, char *text)
{
	char *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		struct known_key *k = &t->keys[t->count];
		size_t i;

		if (t->count == KEYS_MOST || !line_is_of(t, h, line, k))
			continue;
		for (i = 0; i < t->count; i++)
			if (known_key_is(&t->keys[i], k->blob, k->blob_len))
				break;
		if (i < t->count)
			known_key_finish(k);
		else
			t->count++;
	}
}

static int
read_from(int fd, char **ret, struct error *e)
{
	char *text = xcalloc(1, FROM_MOST + 1);
	size_t len = 0;
	struct stat st;
	ssize_t got = 0;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		free(text);
		return error_set(
			e, ERROR_INVALID, "what came along is not a file");
	}
	while (len < FROM_MOST &&
		(got = pread(fd, text + len, FROM_MOST - len, (off_t)len)) > 0)
		len += (size_t)got;
	if (got == -1 || len == FROM_MOST || strlen(text) != len) {
		free(text);
		return error_set(e, ERROR_INVALID,
			"the file is not a known_hosts file");
	}
	*ret = text;
	return 0;
}

static int
trust_from(struct trusting *t, const struct host *h, struct error *e)
{
	char *text = NULL;

	if (t->rq->fd_count != 1)
		return error_set(e, ERROR_USAGE, "no file came along");
	if (read_from(t->rq->fds[0], &text, e) == -1)
		return -1;
	take_lines(t, h, text);
	free(text);
	if (t->count > 0)
		return 0;
	error_set(e, ERROR_NOT_FOUND, "the file has no key of '%s' (%s)",
		h->name, t->name);
	return error_hint(e, "it has lines 'NAME TYPE KEY' of ssh-keyscan or "
			     "known_hosts, or the host's own public key");
}

static int
check_host(struct request *rq, const struct host **ret, struct error *e)
{
	const char *name = arg_string(rq, "host");
	const struct host *h = settings_host(rq->en->settings, name);

	if (h == NULL) {
		error_set(e, ERROR_NOT_FOUND,
			"no host '%.80s' in the configuration", name);
		return error_hint(e, "see sluice host ls");
	}
	if (h->transport == TRANSPORT_LOCAL || h->transport == TRANSPORT_FAKE)
		return error_set(e, ERROR_INVALID,
			"host '%s' is reached by transport '%s', which has no "
			"host key",
			name, transport_kind_name(h->transport));
	*ret = h;
	return 0;
}

void
cmd_host_trust(struct request *rq)
{
	bool from = json_get_bool(rq->args, "from", false);
	const struct host *h = NULL;
	struct trusting *t;
	struct error e;

	if (check_host(rq, &h, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (from && arg_string(rq, "fingerprint") != NULL) {
		request_refuse(rq, ERROR_USAGE, NULL,
			"either a fingerprint or a file, not both");
		return;
	}
	t = xcalloc(1, sizeof(*t));
	t->rq = rq;
	t->name = known_hosts_name(h->address, h->port);
	strbuf_init(&t->seen);
	error_clear(&t->error);
	if (!from)
		ask_next(t);
	else if (trust_from(t, h, &e) == -1)
		trusting_fail(t, &e);
	else
		trust_now(t);
}
