#!/bin/bash
# hello-site from install to uninstall, as any user on any Linux with bash and coreutils.
# shellcheck source=harness.sh
. "${BASH_SOURCE[0]%/*}/harness.sh"

PAGE=$WORK/state/hello-site/site/index.html
stamps() { stat -c '%n %Y.%y %i' "$PAGE" "${PAGE%/*}" "$WORK/state/hello-site" "$WORK/state/hello-site/made"; }

check "it installs with its default values" job_ends_with 0 hello-site install.sh
check "the output names the page" equal "$(output_of path)" "$PAGE"
check "progress ends at 100" contains "$(tail -n 2 "$WORK/progress")" percent=100
check "verify passes" job_ends_with 0 hello-site verify.sh
before=$(stamps)
sleep 0.05
check "a second run succeeds" job_ends_with 0 hello-site install.sh
check "a second run touches nothing" equal "$(stamps)" "$before"

hostile=$'<b>"x" $(touch '"$WORK"$'/pwned) `touch '"$WORK"$'/pwned`; & é 日本\n\nsecond & \\1 {}'
check "hostile inputs are taken" job_ends_with 0 hello-site install.sh TITLE='a & <b> '"'\$HOME" MESSAGE="$hostile" AUTHOR=$'x\ny'
check "hostile inputs execute nothing" not test -e "$WORK/pwned"
page=$(<"$PAGE")
# shellcheck disable=SC2016 # the page holds the text as it was given
check "they land literally" contains "$page" '<p>&lt;b&gt;&quot;x&quot; $(touch '
check "unicode and empty lines stay" contains "$page" $'é 日本</p>\n<p>second &amp; \\1 {}</p>'
check "the title is escaped" contains "$page" "<title>a &amp; &lt;b&gt; &#39;\$HOME</title>"
check "verify fails for other inputs with 3" job_ends_with 3 hello-site verify.sh TITLE=other
check "verify passes with the same inputs" job_ends_with 0 hello-site verify.sh TITLE='a & <b> '"'\$HOME" MESSAGE="$hostile" AUTHOR=$'x\ny'
long=$(printf 'x%.0s' {1..121})
check "a title that is too long ends with 1" job_ends_with 1 hello-site install.sh TITLE="$long"
check "it leaves the page" equal "$(<"$PAGE")" "$page"
echo changed >>"$PAGE"
check "verify finds a changed page" job_ends_with 3 hello-site verify.sh TITLE='a & <b> '"'\$HOME" MESSAGE="$hostile" AUTHOR=$'x\ny'
check "install does not overwrite what others wrote" job_ends_with 3 hello-site install.sh
rm -f "$PAGE"
check "a removed page is written again" job_ends_with 0 hello-site install.sh
check "it uninstalls" job_ends_with 0 hello-site uninstall.sh
check "nothing is left" equal "$(ls -A "$WORK/state/hello-site")" ""
check "uninstall can run again" job_ends_with 0 hello-site uninstall.sh
finish
