/*
 * store_ledger.c - the append-only, hash-chained record of all decisions.
 *
 * hash is the SHA-256 of the canonical JSON of the entry with the hash of the
 * entry before it, so a flip, a drop or a reordering breaks the chain at that
 * place. The newest seq and hash also stand in `meta`, and sqlite counts in
 * sqlite_sequence, so that a chain cut off at its end is seen as well. New
 * entries go on from the head in `meta`: damage stays visible behind them.
 */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TAIL_CHECKED 200 /* entries that every start looks at */

/* Text as it is in a row: it may hold anything. */
struct piece {
	const char *data;
	size_t len;
};

struct row {
	int64_t seq, at, uid;
	struct piece who, what, object, reason, detail, prev_hash, hash;
};

static struct piece
piece_of(const char *s)
{
	struct piece p = {s, strlen(s)};

	return p;
}

static bool
piece_equals(struct piece p, const char *s)
{
	return p.len == strlen(s) && memcmp(p.data, s, p.len) == 0;
}

/* ---- canonical JSON ---- */

static void
add_json_string(struct strbuf *out, struct piece p)
{
	size_t i, from = 0;

	strbuf_addc(out, '"');
	for (i = 0; i < p.len; i++) {
		unsigned char c = (unsigned char)p.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		strbuf_add(out, p.data + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			strbuf_addf(out, "\\%c", c);
		else if (c == '\n')
			strbuf_adds(out, "\\n");
		else if (c == '\t')
			strbuf_adds(out, "\\t");
		else if (c == '\r')
			strbuf_adds(out, "\\r");
		else if (c == '\b')
			strbuf_adds(out, "\\b");
		else if (c == '\f')
			strbuf_adds(out, "\\f");
		else
			strbuf_addf(out, "\\u%04x", c);
	}
	strbuf_add(out, p.data + from, p.len - from);
	strbuf_addc(out, '"');
}

static void
add_json_member(struct strbuf *out, const char *name, struct piece value)
{
	strbuf_adds(out, name);
	add_json_string(out, value);
}

static void
add_number(struct strbuf *out, const char *name, int64_t n)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (n < 0)
		*--p = '-';
	strbuf_adds(out, name);
	strbuf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

/* Keys sorted, no spaces (RFC 8785 for what stands here). Ledgers are long:
 * put together without printf. */
static void
row_print(const struct row *r, struct strbuf *scratch)
{
	add_number(scratch, "{\"at\":", r->at);
	strbuf_adds(scratch, ",\"detail\":");
	strbuf_add(scratch, r->detail.data, r->detail.len);
	add_json_member(scratch, ",\"object\":", r->object);
	add_json_member(scratch, ",\"prev_hash\":", r->prev_hash);
	add_json_member(scratch, ",\"reason\":", r->reason);
	add_number(scratch, ",\"seq\":", r->seq);
	add_number(scratch, ",\"uid\":", r->uid);
	add_json_member(scratch, ",\"what\":", r->what);
	add_json_member(scratch, ",\"who\":", r->who);
	strbuf_addc(scratch, '}');
}

static void
row_hash(const struct row *r, struct strbuf *scratch, char hex[DIGEST_HEX_SIZE])
{
	strbuf_clear(scratch);
	row_print(r, scratch);
	digest_hex(scratch->buf, scratch->len, hex);
}

void
ledger_entry_canonical(const struct ledger_entry *entry, struct strbuf *out)
{
	struct row r = {.seq = entry->seq, .at = entry->at, .uid = entry->uid};

	r.who = piece_of(entry->who);
	r.what = piece_of(entry->what);
	r.object = piece_of(entry->object);
	r.reason = piece_of(entry->reason);
	r.detail = piece_of(entry->detail);
	r.prev_hash = piece_of(entry->prev_hash);
	row_print(&r, out);
}

/* ---- rows ---- */

static struct piece
read_piece(struct query *q)
{
	struct piece p;

	p.data = query_bytes(q, &p.len);
	return p;
}

static void
row_read(struct query *q, struct row *r)
{
	r->seq = query_int(q);
	r->at = query_int(q);
	r->who = read_piece(q);
	r->uid = query_int(q);
	r->what = read_piece(q);
	r->object = read_piece(q);
	r->reason = read_piece(q);
	r->detail = read_piece(q);
	r->prev_hash = read_piece(q);
	r->hash = read_piece(q);
}

static void
row_bind(struct query *q, const struct row *r)
{
	query_bind_int(q, r->seq);
	query_bind_int(q, r->at);
	query_bind_text_len(q, r->who.data, r->who.len);
	query_bind_int(q, r->uid);
	query_bind_text_len(q, r->what.data, r->what.len);
	query_bind_text_len(q, r->object.data, r->object.len);
	query_bind_text_len(q, r->reason.data, r->reason.len);
	query_bind_text_len(q, r->detail.data, r->detail.len);
	query_bind_text_len(q, r->prev_hash.data, r->prev_hash.len);
	query_bind_text_len(q, r->hash.data, r->hash.len);
}

/* ---- append ---- */

static int
put_head(struct store *s, const struct ledger_head *head, struct error *e)
{
	char *text = xasprintf("%lld %s", (long long)head->seq, head->hash);
	int result = store_meta_put(s, "ledger_head", text, e);

	free(text);
	return result;
}

/* Bytes that are not UTF-8 would not be JSON. Owned. */
static char *
clean(const char *text)
{
	struct strbuf out;

	if (text == NULL)
		return xstrdup("");
	if (text_is_utf8(text, strlen(text)))
		return xstrdup(text);
	strbuf_init(&out);
	text_add_printable(&out, text, strlen(text));
	return out.buf;
}

static int
append_row(struct store *s, struct row *r, struct error *e)
{
	struct ledger_head next = {r->seq, r->at, ""};
	struct strbuf scratch;
	struct query q;

	strbuf_init(&scratch);
	row_hash(r, &scratch, next.hash);
	strbuf_finish(&scratch);
	r->hash = piece_of(next.hash);
	query_begin(&q, s, STATEMENT_LEDGER_ADD);
	row_bind(&q, r);
	if (query_run(&q, e) == -1 || put_head(s, &next, e) == -1)
		return -1;
	s->head = next;
	return 0;
}

int
store_ledger_append(struct store *s, const char *who, int64_t uid,
	const char *what, const char *object, const char *reason,
	const char *detail, struct error *e)
{
	int64_t now = clock_wall_ms(s->clock) / 1000;
	char *texts[4] = {
		clean(who), clean(what), clean(object), clean(reason)};
	struct row r;
	size_t i;
	int result;

	store_assert_writing(s);
	if (detail == NULL)
		detail = "{}";
	assert(detail[0] == '{' && detail[strlen(detail) - 1] == '}');
	memset(&r, 0, sizeof(r));
	r.seq = s->head.seq + 1;
	r.at = now > s->head.at ? now : s->head.at;
	r.who = piece_of(texts[0]);
	r.uid = uid;
	r.what = piece_of(texts[1]);
	r.object = piece_of(texts[2]);
	r.reason = piece_of(texts[3]);
	r.detail = piece_of(detail);
	r.prev_hash = piece_of(s->head.hash);
	result = append_row(s, &r, e);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	return result;
}

/* ---- read ---- */

static char *
text_of(struct piece p)
{
	return xstrndup(p.data, p.len);
}

static void
copy_hash(char to[DIGEST_HEX_SIZE], struct piece p)
{
	size_t len = p.len < DIGEST_HEX_SIZE ? p.len : DIGEST_HEX_SIZE - 1;

	memcpy(to, p.data, len);
	to[len] = '\0';
}

static int
give_entry(struct query *q,
	int (*fn)(const struct ledger_entry *entry, void *arg), void *arg)
{
	struct ledger_entry entry;
	struct row r;
	int got;

	row_read(q, &r);
	entry.seq = r.seq;
	entry.at = r.at;
	entry.uid = r.uid;
	entry.who = text_of(r.who);
	entry.what = text_of(r.what);
	entry.object = text_of(r.object);
	entry.reason = text_of(r.reason);
	entry.detail = text_of(r.detail);
	copy_hash(entry.prev_hash, r.prev_hash);
	copy_hash(entry.hash, r.hash);
	got = fn(&entry, arg);
	free(entry.who);
	free(entry.what);
	free(entry.object);
	free(entry.reason);
	free(entry.detail);
	return got;
}

int
store_ledger_each(struct store *s, const struct ledger_filter *f,
	int (*fn)(const struct ledger_entry *entry, void *arg), void *arg,
	struct error *e)
{
	bool all = f->who != NULL || f->what != NULL || f->most == 0;
	struct query q;
	int got;

	query_begin(&q, s,
		f->change != 0	    ? STATEMENT_LEDGER_CHANGE
		: f->object != NULL ? STATEMENT_LEDGER_OBJECT
				    : STATEMENT_LEDGER_EACH);
	query_bind_int(&q, f->after);
	query_bind_int(&q, f->last == 0 ? INT64_MAX : f->last);
	query_bind_text(&q, f->who);
	query_bind_text(&q, f->what);
	if (f->change != 0) {
		query_bind_int(&q, f->change);
		query_bind_int(&q, all ? -1 : f->most);
	} else if (f->object != NULL) {
		query_bind_text(&q, f->object);
	}
	while ((got = query_next(&q, e)) == 1) {
		got = give_entry(&q, fn, arg);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

/* When the first entry from seq on was made; INT64_MAX: there is none. */
static int64_t
made_at(struct store *s, int64_t seq)
{
	int64_t at = INT64_MAX;
	struct query q;

	query_begin(&q, s, STATEMENT_LEDGER_AT);
	query_bind_int(&q, seq);
	if (query_next(&q, NULL) == 1)
		at = query_int(&q);
	query_end(&q);
	return at;
}

int64_t
store_ledger_before(struct store *s, int64_t at)
{
	int64_t low = 1, high = s->head.seq + 1;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (made_at(s, middle) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

void
store_ledger_head(
	struct store *s, int64_t *ret_seq, char ret_hash[DIGEST_HEX_SIZE])
{
	*ret_seq = s->head.seq;
	memcpy(ret_hash, s->head.hash, DIGEST_HEX_SIZE);
}

/* ---- verify ---- */

/* Reports what is wrong with one entry that should follow *seq. */
static void
check_row(const struct row *r, int64_t seq, const char *hash, int64_t at,
	struct strbuf *scratch, struct strbuf *out)
{
	char computed[DIGEST_HEX_SIZE];

	if (r->seq == seq + 2)
		strbuf_addf(out, "entry %lld: missing\n", (long long)seq + 1);
	else if (r->seq != seq + 1)
		strbuf_addf(out, "entry %lld: missing, and all up to %lld\n",
			(long long)seq + 1, (long long)r->seq - 1);
	if (!piece_equals(r->prev_hash, hash))
		strbuf_addf(out,
			"entry %lld: does not follow the entry before it\n",
			(long long)r->seq);
	row_hash(r, scratch, computed);
	if (!piece_equals(r->hash, computed))
		strbuf_addf(out, "entry %lld: was altered\n",
			(long long)r->seq);
	if (r->at < at)
		strbuf_addf(out, "entry %lld: is older than the one before\n",
			(long long)r->seq);
}

static int
read_sequence(struct store *s, int64_t *ret, struct error *e)
{
	struct query q;
	int got;

	*ret = 0;
	query_begin(&q, s, STATEMENT_LEDGER_SEQUENCE);
	got = query_next(&q, e);
	if (got == 1)
		*ret = query_int(&q);
	query_end(&q);
	return got == -1 ? -1 : 0;
}

/* The chain ends at seq: is that the end that was recorded? */
static void
check_end(struct store *s, int64_t seq, const char *hash, struct strbuf *out)
{
	struct error e;
	int64_t sequence;

	if (s->head.seq > seq)
		strbuf_addf(out,
			"entry %lld: missing, the ledger was cut off after "
			"%lld\n",
			(long long)s->head.seq, (long long)seq);
	else if (s->head.seq < seq)
		strbuf_addf(out, "entry %lld: is newer than the head %lld\n",
			(long long)seq, (long long)s->head.seq);
	else if (strcmp(s->head.hash, hash) != 0)
		strbuf_addf(out, "entry %lld: is not the recorded head\n",
			(long long)seq);
	if (read_sequence(s, &sequence, &e) == -1)
		strbuf_addf(out, "%s\n", e.text);
	else if (sequence != s->head.seq)
		strbuf_addf(out,
			"entry %lld: is not the number %lld that was counted "
			"to\n",
			(long long)s->head.seq, (long long)sequence);
}

/* When the entry seq was made; 0 if there is none. */
static int64_t
entry_at(struct store *s, int64_t seq)
{
	struct query q;
	struct row r = {0};

	query_begin(&q, s, STATEMENT_LEDGER_FIND);
	query_bind_int(&q, seq);
	if (query_next(&q, NULL) == 1)
		row_read(&q, &r);
	query_end(&q);
	return r.at;
}

int
store_ledger_verify(struct store *s, int64_t *seq, char hash[DIGEST_HEX_SIZE],
	int most, struct strbuf *out)
{
	int64_t at = entry_at(s, *seq);
	struct strbuf scratch;
	struct error e;
	struct query q;
	struct row r;
	int count = 0, got;

	strbuf_init(&scratch);
	if (*seq == 0)
		memcpy(hash, STORE_ZERO_HASH, DIGEST_HEX_SIZE);
	query_begin(&q, s, STATEMENT_LEDGER_FROM);
	query_bind_int(&q, *seq);
	query_bind_int(&q, most);
	while ((got = query_next(&q, &e)) == 1) {
		row_read(&q, &r);
		check_row(&r, *seq, hash, at, &scratch, out);
		*seq = r.seq;
		at = r.at;
		copy_hash(hash, r.hash);
		count++;
	}
	query_end(&q);
	strbuf_finish(&scratch);
	if (got == -1) {
		strbuf_addf(out, "entry %lld: cannot be read: %s\n",
			(long long)*seq + 1, e.text);
		return -1;
	}
	if (count == 0)
		check_end(s, *seq, hash, out);
	return count;
}

/* ---- at open ---- */

static int
read_head(struct store *s, struct error *e)
{
	char *text = NULL, *hash;
	int got = store_meta_find(s, "ledger_head", &text, e);

	memcpy(s->head.hash, STORE_ZERO_HASH, DIGEST_HEX_SIZE);
	if (got != 1)
		return got;
	s->head.seq = strtoll(text, &hash, 10);
	/* A head that is none disagrees with every entry, and that is said. */
	if (s->head.seq > 0 && *hash == ' ' && digest_is_hex(hash + 1))
		memcpy(s->head.hash, hash + 1, DIGEST_HEX_SIZE);
	else
		s->head.seq = 0;
	free(text);
	return got;
}

static void
hash_of(struct store *s, int64_t seq, char ret[DIGEST_HEX_SIZE])
{
	struct query q;
	struct row r;

	memcpy(ret, STORE_ZERO_HASH, DIGEST_HEX_SIZE);
	query_begin(&q, s, STATEMENT_LEDGER_FIND);
	query_bind_int(&q, seq);
	if (query_next(&q, NULL) == 1) {
		row_read(&q, &r);
		copy_hash(ret, r.hash);
	}
	query_end(&q);
}

/* New entries never get a number that was used, whatever was altered. */
static int
go_on_after(struct store *s, struct error *e)
{
	struct query q;
	struct row r;
	int64_t sequence;
	int got;

	if (read_sequence(s, &sequence, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_LEDGER_LAST);
	got = query_next(&q, e);
	if (got == 1) {
		row_read(&q, &r);
		s->head.at = r.at;
		if (r.seq > sequence)
			sequence = r.seq;
	}
	query_end(&q);
	if (sequence > s->head.seq)
		s->head.seq = sequence;
	return got == -1 ? -1 : 0;
}

int
store_ledger_load(struct store *s, struct error *e)
{
	struct strbuf problems;
	char hash[DIGEST_HEX_SIZE];
	int64_t seq;

	if (read_head(s, e) == -1)
		return -1;
	strbuf_init(&problems);
	seq = s->head.seq > TAIL_CHECKED ? s->head.seq - TAIL_CHECKED : 0;
	hash_of(s, seq, hash);
	while (store_ledger_verify(s, &seq, hash, TAIL_CHECKED, &problems) > 0)
		continue;
	if (problems.len > 0) {
		problems.buf[strcspn(problems.buf, "\n")] = '\0';
		s->ledger_problem =
			xasprintf("the ledger was altered: %s", problems.buf);
	}
	strbuf_finish(&problems);
	if (go_on_after(s, e) == -1)
		return -1;
	s->committed_head = s->head;
	return 0;
}

const char *
store_ledger_problem(const struct store *s)
{
	return s->ledger_problem;
}
