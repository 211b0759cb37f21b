/* ssh_keys.c - the keys that we show to hosts. */
#include "transports/ssh_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "transports/pusher.h"
#include "transports/ssh_agent.h"
#include "transports/ssh_keyfile.h"

#define AGENT_REQUEST_IDENTITIES 11
#define AGENT_IDENTITIES_ANSWER 12
#define AGENT_SIGN_REQUEST 13
#define AGENT_SIGN_RESPONSE 14

struct ssh_keys {
	struct ssh_key *keys;
	size_t count, capacity;
	size_t others; /* RSA, FIDO, certificates */
	int agent; /* -1: none */
	size_t references;
};

void
ssh_keys_put(struct ssh_keys *keys)
{
	size_t i;

	if (keys == NULL || --keys->references > 0)
		return;
	for (i = 0; i < keys->count; i++) {
		free(keys->keys[i].blob);
		free(keys->keys[i].type);
		free(keys->keys[i].name);
		ssh_keyfile_free(keys->keys[i].private);
	}
	if (keys->agent >= 0)
		close(keys->agent);
	free(keys->keys);
	free(keys);
}

bool
ssh_keys_has_others(const struct ssh_keys *keys)
{
	return keys->others > 0;
}

size_t
ssh_keys_count(const struct ssh_keys *keys)
{
	return keys->count;
}

const struct ssh_key *
ssh_keys_at(const struct ssh_keys *keys, size_t i)
{
	return &keys->keys[i];
}

static bool
has_key(const struct ssh_keys *keys, const struct ssh_key *key)
{
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (keys->keys[i].blob_len == key->blob_len &&
			memcmp(keys->keys[i].blob, key->blob, key->blob_len) ==
				0)
			return true;
	return false;
}

/* Takes the key, or frees it where it is there already. */
static void
add_key(struct ssh_keys *keys, struct ssh_key key)
{
	if (has_key(keys, &key)) {
		free(key.blob);
		free(key.type);
		free(key.name);
		ssh_keyfile_free(key.private);
		return;
	}
	ARRAY_GROW(keys->keys, keys->count, keys->capacity);
	keys->keys[keys->count++] = key;
}

/* libssh2 signs with these only; it has no rsa-sha2, no FIDO, no
 * certificates. */
static bool
is_usable(const char *type)
{
	return strcmp(type, "ssh-ed25519") == 0 ||
		strncmp(type, "ecdsa-sha2-nistp", 16) == 0;
}

static int
read_identities(struct ssh_keys *keys, const struct strbuf *answer,
	struct error *e)
{
	struct ssh_reader r = {(const unsigned char *)answer->buf + 1,
		answer->len - 1, false};
	uint32_t i, count;

	if ((unsigned char)answer->buf[0] != AGENT_IDENTITIES_ANSWER)
		return error_set(e, ERROR_NO_KEY,
			"the ssh agent lists no keys");
	count = ssh_read_u32(&r);
	for (i = 0; i < count && !r.bad; i++) {
		struct ssh_key key = {0};
		struct ssh_reader b;
		size_t len;
		const unsigned char *blob = ssh_read_string(&r, &len);

		key.name = ssh_read_text(&r);
		b = (struct ssh_reader){blob, len, false};
		key.type = ssh_read_text(&b);
		key.blob = xcalloc(1, len + 1);
		memcpy(key.blob, blob, len);
		key.blob_len = len;
		if (r.bad || b.bad || !is_usable(key.type)) {
			keys->others += !r.bad && !b.bad;
			free(key.name);
			free(key.type);
			free(key.blob);
			continue;
		}
		add_key(keys, key);
	}
	return 0;
}

static int
read_agent(struct ssh_keys *keys, struct error *e)
{
	struct strbuf request, answer;
	int result;

	if (ssh_agent_open(&keys->agent, e) < 0)
		return -1;
	strbuf_init(&request);
	strbuf_init(&answer);
	strbuf_addc(&request, AGENT_REQUEST_IDENTITIES);
	result = ssh_agent_ask(keys->agent, &request, &answer, e);
	if (result == 0)
		result = read_identities(keys, &answer, e);
	strbuf_finish(&request);
	strbuf_finish(&answer);
	return result;
}

/* A key file, and the certificate that may stand beside it. */
static void
read_file(struct ssh_keys *keys, const char *path, struct error *e)
{
	char *full = path_expand_home(path);
	char *certificate = xasprintf("%s-cert.pub", full);
	struct ssh_key key;

	if (ssh_keyfile_read(path, &key, e) == 0) {
		add_key(keys, key);
		keys->others += file_exists(certificate);
	} else {
		keys->others += e->code == ERROR_NOT_BUILT;
	}
	free(certificate);
	free(full);
}

int
ssh_keys_refresh(struct pusher *p, struct error *e)
{
	struct ssh_keys *keys = xcalloc(1, sizeof(*keys));
	size_t i;

	error_set(e, ERROR_NO_KEY, "no key is configured");
	keys->agent = -1;
	keys->references = 1;
	if (p->settings.use_agent)
		(void)read_agent(keys, e);
	for (i = 0; p->settings.keys[i] != NULL; i++)
		read_file(keys, p->settings.keys[i], e);
	if (keys->count + keys->others == 0) {
		if (p->settings.use_agent && p->settings.keys[0] == NULL &&
			keys->agent >= 0)
			error_set(e, ERROR_NO_KEY,
				"the ssh agent has no key that can be used");
		ssh_keys_put(keys);
		return -1;
	}
	ssh_keys_put(p->ssh_keys);
	p->ssh_keys = keys;
	return 0;
}

struct ssh_keys *
ssh_keys_get(struct pusher *p, struct error *e)
{
	if (p->ssh_keys == NULL && ssh_keys_refresh(p, e) < 0)
		return NULL;
	p->ssh_keys->references++;
	return p->ssh_keys;
}

void
ssh_keys_forget(struct pusher *p)
{
	ssh_keys_put(p->ssh_keys);
	p->ssh_keys = NULL;
}

static int
sign_by_agent(const struct ssh_keys *keys, const struct ssh_key *key,
	const unsigned char *data, size_t len, struct strbuf *out,
	struct error *e)
{
	struct strbuf request, answer;
	struct ssh_reader r;
	const unsigned char *sig;
	size_t sig_len;
	int result;

	strbuf_init(&request);
	strbuf_init(&answer);
	strbuf_addc(&request, AGENT_SIGN_REQUEST);
	ssh_add_string(&request, key->blob, key->blob_len);
	ssh_add_string(&request, data, len);
	ssh_add_u32(&request, 0);
	result = ssh_agent_ask(keys->agent, &request, &answer, e);
	if (result == 0 &&
		(unsigned char)answer.buf[0] != AGENT_SIGN_RESPONSE)
		result = error_set(e, ERROR_NO_KEY,
			"the ssh agent does not sign with '%s'", key->name);
	if (result == 0) {
		r = (struct ssh_reader){(unsigned char *)answer.buf + 1,
			answer.len - 1, false};
		sig = ssh_read_string(&r, &sig_len);
		r = (struct ssh_reader){sig, sig_len, r.bad};
		ssh_read_string(&r, &sig_len); /* the name of the method */
		sig = ssh_read_string(&r, &sig_len);
		strbuf_add(out, sig, sig_len);
		if (r.bad)
			result = error_set(e, ERROR_NO_KEY,
				"the ssh agent signs in a way nobody knows");
	}
	strbuf_finish(&request);
	strbuf_finish(&answer);
	return result;
}

int
ssh_key_sign(struct ssh_keys *keys, const struct ssh_key *key,
	const unsigned char *data, size_t len, struct strbuf *out,
	struct error *e)
{
	if (key->private != NULL)
		return ssh_keyfile_sign(key, data, len, out, e);
	return sign_by_agent(keys, key, data, len, out, e);
}
