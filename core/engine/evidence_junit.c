/* evidence_junit.c - test results as JUnit XML: what is counted are the test
 * cases that stand there, not the totals that somebody wrote above them. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/evidence_read.h"

#define DEPTH_MOST 64

struct junit {
	XML_Parser parser;
	struct evidence *v;
	char *named_sha256;
	int depth, case_depth; /* case_depth 0: outside of a test case */
	bool failed, skipped;
	const char *wrong; /* NULL: fine so far */
};

static void
stop(struct junit *j, const char *wrong)
{
	j->wrong = wrong;
	XML_StopParser(j->parser, XML_FALSE);
}

static const char *
attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes != NULL; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void
note_suite(struct junit *j, const XML_Char **attributes)
{
	int64_t at = evidence_time(attribute(attributes, "timestamp"));

	if (at > j->v->stated_at)
		j->v->stated_at = at;
}

static void
note_property(struct junit *j, const XML_Char **attributes)
{
	const char *name = attribute(attributes, "name");

	if (name != NULL && strcmp(name, "artefact_sha256") == 0)
		evidence_name_digest(
			attribute(attributes, "value"), j->named_sha256);
}

static void
begin_case(struct junit *j)
{
	if (j->case_depth != 0) {
		stop(j, "a test case stands inside another");
		return;
	}
	j->case_depth = j->depth;
	j->failed = j->skipped = false;
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct junit *j = arg;

	j->depth++;
	if (j->depth > DEPTH_MOST)
		stop(j, "it is nested too deep");
	else if (j->depth == 1 && strcmp(name, "testsuites") != 0 &&
		 strcmp(name, "testsuite") != 0)
		stop(j, "its root is neither testsuites nor testsuite");
	else if (strcmp(name, "testcase") == 0)
		begin_case(j);
	else if (strcmp(name, "testsuite") == 0)
		note_suite(j, attributes);
	else if (strcmp(name, "property") == 0)
		note_property(j, attributes);
	else if (j->case_depth == j->depth - 1 && j->case_depth != 0 &&
		 (strcmp(name, "failure") == 0 || strcmp(name, "error") == 0))
		j->failed = true;
	else if (j->case_depth == j->depth - 1 && j->case_depth != 0 &&
		 strcmp(name, "skipped") == 0)
		j->skipped = true;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct junit *j = arg;

	(void)name;
	if (j->case_depth == j->depth) {
		if (j->failed)
			j->v->failed++;
		else if (j->skipped)
			j->v->skipped++;
		else
			j->v->passed++;
		j->case_depth = 0;
	}
	j->depth--;
}

/* Nothing that is needed is declared there, and all that harms is. */
static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
	const XML_Char *public_id, int has_internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal;
	stop(arg, "it declares a document type");
}

static int
refuse(struct junit *j, struct error *e)
{
	if (j->wrong != NULL)
		return error_set(e, ERROR_INVALID,
			"it is not a JUnit result: %s", j->wrong);
	return error_set(e, ERROR_INVALID,
		"it is not well-formed XML: line %lu: %s",
		(unsigned long)XML_GetCurrentLineNumber(j->parser),
		XML_ErrorString(XML_GetErrorCode(j->parser)));
}

int
evidence_read_junit(const char *data, size_t len, struct evidence *v,
	char named_sha256[DIGEST_HEX_SIZE], struct error *e)
{
	struct junit j = {.v = v, .named_sha256 = named_sha256};
	int result = 0;

	j.parser = XML_ParserCreate("UTF-8");
	if (j.parser == NULL)
		abort();
	v->format = EVIDENCE_JUNIT;
	XML_SetUserData(j.parser, &j);
	XML_SetElementHandler(j.parser, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(j.parser, on_doctype);
	if (XML_Parse(j.parser, data, (int)len, XML_TRUE) != XML_STATUS_OK)
		result = refuse(&j, e);
	XML_ParserFree(j.parser);
	if (result == 0)
		str_replace(&v->result,
			v->failed == 0 && v->passed > 0 ? "pass" : "fail");
	return result;
}
