#!/bin/bash
# Removes the page, unless somebody else has changed it since.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=page.sh
. ./page.sh

progress 10 "Removing the page"
disown_file "$PAGE"
disown_dirs
state_del pending
state_del made
progress 100 "The page is gone"
