#!/bin/bash
# Checks that the page is there and is what the inputs say. Changes nothing.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=page.sh
. ./page.sh

progress 10 "Checking the page"
page_read_inputs
[[ -f $PAGE ]] || fail_config "the page is missing: $PAGE"
is_owned "$PAGE" || fail_config "the checksum of $PAGE is not the one it was written with"
page_render >"$TMPDIR/expected.html"
cmp -s -- "$TMPDIR/expected.html" "$PAGE" || fail_config "$PAGE was written for other inputs"
progress 100 "The page is as it should be"
