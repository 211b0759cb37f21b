#!/bin/sh
# embed.sh PROGRAM - the host program as the elements of a C array: comments
# and leading tabs do not travel.
sed -e '/^[[:space:]]*#/d' -e 's/^	*//' -e '/^$/d' "$1" | od -An -v -tx1 |
	sed -e 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
