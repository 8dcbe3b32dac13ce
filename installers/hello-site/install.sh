#!/bin/bash
# Writes the page, or brings it in line with changed inputs.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=page.sh
. ./page.sh

progress 10 "Checking the inputs"
page_read_inputs

progress 40 "Writing the page"
txn_begin
own_dir "${PAGE%/*}"
page_render | own_file "$PAGE"
is_owned "$PAGE" || fail_config "$PAGE was changed by somebody else; remove it to have it written anew"
txn_commit

output path "$PAGE"
progress 100 "The page is at $PAGE"
