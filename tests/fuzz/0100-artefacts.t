#!/bin/sh
# Archives of strangers, as they are and altered.
exec "${top_builddir:-.}/tests/fuzz/replay_artefact" \
	"$(dirname "$0")/artefacts" "${FUZZ_ROUNDS:-60}"
