#!/bin/bash
# The library's own tests. Need neither root nor a network nor a service manager: lib/tests/run.sh
# shellcheck disable=SC2016 # hostile text must not be expanded here
# shellcheck source=../../tests/harness.sh
. "${BASH_SOURCE[0]%/*}/../../tests/harness.sh"

LIB=$INSTALLERS/lib
# script TEXT: runs it as a script that has sourced the library. Leaves RC, and what it said in LOG; `out` is stdout.
script() {
  rm -rf "$WORK/tmp" && mkdir -p "$WORK/tmp" "$WORK/state"
  : >"$WORK/progress" && : >"$WORK/output"
  printf '. %q/purvey.sh\n. %q/nginx/main-conf.sh\ncd %q\n%s\n' "$LIB" "$INSTALLERS" "$WORK" "$1" >"$WORK/script"
  RC=0
  env -i PATH="$PATH" LANG=C.UTF-8 TMPDIR="$WORK/tmp" PURVEY_STATE_DIR="$WORK/state" PURVEY_PROGRESS="$WORK/progress" \
    PURVEY_OUTPUT="$WORK/output" "${ENVIRONMENT[@]}" bash "$WORK/script" </dev/null >"$WORK/out" 2>"$WORK/err" || RC=$?
  cat "$WORK/out" "$WORK/err" >"$LOG"
}
ENVIRONMENT=()
ends_with() { script "$2"; equal "$RC" "$1"; }
prints() { script "$2"; equal "$(<"$WORK/out")" "$1"; }
stamp() { stat -c '%n %i %Y.%y %a' "$@"; }

echo "# exit codes"
check "a script that succeeds ends with 0" ends_with 0 'log_info fine'
check "fail_validation ends with 1" ends_with 1 'fail_validation no'
check "fail_install ends with 2" ends_with 2 'fail_install no'
check "fail_config ends with 3" ends_with 3 'fail_config no'
check "a command that fails ends with 2" ends_with 2 'false; echo never'
check "... and names the place" contains "$(<"$WORK/err")" 'script:4: a command failed with status 1: false'
check "... and nothing runs after it" equal "$(<"$WORK/out")" ""
check "a failure in a function is seen" ends_with 2 'f() { false; echo never; }; f'
check "a failure in a pipe is seen" ends_with 2 'false | cat; echo never'
check "a failure in a substitution is seen" ends_with 2 'x=$(false; echo never); echo "$x"'
check "an unset variable is an error" not ends_with 0 'echo "$NOWHERE"'
check "an odd exit code of a tool becomes 2" ends_with 2 'exit 77'
check "a signal keeps its code" ends_with 143 'kill -TERM $$; echo never'
check "clean-up runs last come first" prints $'b\na' 'a() { echo a; }; b() { echo b; }; on_exit a; on_exit b; exit 0'
check "clean-up runs after a signal" prints a 'a() { echo a; }; on_exit a; kill -TERM $$'
ENVIRONMENT=(PURVEY_STATE_DIR=)
check "without a state folder it ends with 1" ends_with 1 'true'
ENVIRONMENT=()

echo "# progress, outputs, log"
script 'progress 10 "one"; progress 20 $'"'two\nthree\tfour'"
check "progress appends pairs" equal "$(<"$WORK/progress")" $'percent=10\nmessage=one\npercent=20\nmessage=two three four'
script 'output url "http://x/?a=b"; output note $'"'a\nurl=evil'"
check "outputs are lines" equal "$(<"$WORK/output")" $'url=http://x/?a=b\nnote=a url=evil'
check "a bad output name is refused" ends_with 2 'output "a=b" c'
check "debug lines are silent" prints "" 'log_debug x'
script 'log_warn careful'
check "warnings go to stderr" contains "$(<"$WORK/err")" "WARN  careful"

echo "# inputs"
matches() { ENVIRONMENT=(X="$1"); ends_with "$2" "$3"; local rc=$?; ENVIRONMENT=(); return $rc; }
check "a port" matches 8080 0 'input_port X'
for bad in '' 0 65536 080 -1 ' 80' '80 ' $'80\n' 'a[$(touch pwned)]' 99999999999; do check "not a port: ${bad@Q}" matches "$bad" 1 'input_port X'; done
check "a number in its range" matches 64 0 'input_integer X 64 100'
check "a number out of its range" matches 101 1 'input_integer X 64 100'
check "a boolean" matches true 0 'input_bool X'
check "not a boolean" matches yes 1 'input_bool X'
check "the whole must match" matches $'a\nb;' 1 'input_match X "[a-z]+" hint'
check "letters are ASCII" matches 'é' 1 'input_match X "[a-z]+" hint'
check "a path with anything printable" matches '/a b/$(x)"é' 0 'input_path X'
check "a relative path" matches 'a/b' 1 'input_path X'
check "a path with a line break" matches $'/a\nb' 1 'input_path X'
check "a choice" matches b 0 'input_choice X a b'
check "not a choice" matches c 1 'input_choice X a b'
check "a line" matches "any 'text' \$(x) é" 0 'input_line X 20'
check "a line that is too long" matches "123456" 1 'input_line X 5'
check "a folder" matches "/srv/./a//b/../c" 0 'input_folder X; [[ $X == /srv/a/c ]]'
for bad in / /etc/x /usr /var/www/../../etc /proc/1 /var/lib/purvey/x /dev/null; do check "not a folder for an app: $bad" matches "$bad" 1 'input_folder X'; done
check "a path that is too long" matches "/$(printf 'x%.0s' {1..1100})" 1 'input_path X'
check "nothing was executed" not test -e "$WORK/pwned"

echo "# quoting: what each language reads back is what was put in"
NASTY=$'a\'b"c\\d`e$(touch pwned)$HOME ${x} %d %%s;#&|<>*?[]{} é 日本 😀 \\n end'
MANY=$NASTY$'\nsecond\tline\r'
reads_back() { # LANGUAGE TEXT READER: the reader gets the quoted text as $1, and prints what it understood
  ENVIRONMENT=(TEXT="$2")
  script "quote_$1 \"\$TEXT\"; printf %s \"\$REPLY\""
  ENVIRONMENT=()
  equal "$(bash -c "$3" _ "$(<"$WORK/out")" 2>&1; echo x)" "$2"x
}
check "shell" reads_back shell "$MANY" 'eval "printf %s $1"'
check "shell, by another shell" reads_back shell "$MANY" 'sh -c "printf %s $1"'
check "json" reads_back json "$MANY" 'python3 -c "import json, sys; sys.stdout.write(json.loads(sys.argv[1]))" "$1"'
check "json: everything that is not printable" reads_back json $'\x01\x1f\x7f\u0085\u2028\ufeff\U10ffff' 'python3 -c "import json, sys; sys.stdout.write(json.loads(sys.argv[1]))" "$1"'
check "html" reads_back html "$MANY" 'python3 -c "import html, sys; sys.stdout.write(html.unescape(sys.argv[1]))" "$1"'
check "sql string" reads_back sql "$MANY" 'python3 -c "import sqlite3, sys; sys.stdout.write(sqlite3.connect(\":memory:\").execute(\"select \" + sys.argv[1]).fetchone()[0])" "$1"'
check "sql name" reads_back sql_name "$NASTY" 'python3 -c "import sqlite3, sys; sys.stdout.write(sqlite3.connect(\":memory:\").execute(\"select 1 as \" + sys.argv[1]).description[0][0])" "$1"'
check "url" reads_back url "$MANY" 'python3 -c "import sys, urllib.parse; sys.stdout.write(urllib.parse.unquote(sys.argv[1]))" "$1"'
check "a list of lines as json" prints '["a\"b", "c"]' 'quote_json_list $'"'"'a"b\n\nc\n'"'"'; echo "$REPLY"'
check "an empty list as json" prints '[]' 'quote_json_list ""; echo "$REPLY"'
check "html, in full" prints '&lt;a href=&quot;x&#39;&quot;&gt;&amp;amp; \1 $(y)' 'quote_html "<a href=\"x'"'"'\">&amp; \\1 \$(y)"; echo "$REPLY"'
check "nginx: plain" prints '"/srv/a b"' 'quote_nginx "/srv/a b"; echo "$REPLY"'
check "nginx: quotes and backslashes" prints '"/a\"b\\c'"'"';{}#"' 'quote_nginx "/a\"b\\c'"'"';{}#"; echo "$REPLY"'
check "nginx: dollars" prints '"/${purvey_dollar}{x}${purvey_dollar}HOME&"' 'quote_nginx "/\${x}\$HOME&"; echo "$REPLY"'
# shellcheck disable=SC1003
check "mysql string" prints "'a\\'b\\\\c\\nd\"\`'" 'quote_mysql $'"'"'a\'"'"'b\\c\nd"`'"'"'; echo "$REPLY"'
check "mysql name" prints '`a``b'"'"'`' 'quote_mysql_name "a\`b'"'"'"; echo "$REPLY"'
check "mysql pattern" prints "'a\\\\_b\\\\%'" 'quote_mysql_like a_b%; echo "$REPLY"'
check "my.cnf" prints '"a\"b\\c\n#d"' 'quote_ini $'"'"'a"b\\c\n#d'"'"'; echo "$REPLY"'
check "systemd" prints '"a\"b\\c%%n $x\nd"' 'quote_systemd $'"'"'a"b\\c%n $x\nd'"'"'; echo "$REPLY"'
check "systemd command" prints '"$$x"' 'quote_systemd_exec "\$x"; echo "$REPLY"'
check "a word" prints 'a.b:1/c' 'quote_word a.b:1/c; echo "$REPLY"'
for bad in 'a b' 'a;b' $'a\nb' '$x' 'é' '"'; do matches_word() { ENVIRONMENT=(X="$bad"); ends_with 3 'quote_word "$X"'; local rc=$?; ENVIRONMENT=(); return $rc; }; check "no word: ${bad@Q}" matches_word; done
check "nothing was executed by any of them" not test -e "$WORK/pwned"

echo "# templates"
template() { # TEXT SCRIPT EXPECTED
  printf '%s' "$1" >"$WORK/template"
  prints "$3" "$2; render template"
}
check "a placeholder" template 'a {{html X}} b{{json X}}' 'X="<\"&"' 'a &lt;&quot;&amp; b"<\"&"'
check "a value with a placeholder in it is only text" template '{{line X}}' 'X="{{line Y}} & \\1"' '{{line Y}} & \1'
check "a condition" template $'{{if X}}\nyes\n{{else}}\nno\n{{end}}\nend' 'X=1' $'yes\nend'
check "... that does not hold" template $'{{if X}}\nyes\n{{else}}\nno\n{{end}}' 'X=false' no
check "... of a variable that is not set" template $'{{if not X}}\nunset\n{{end}}' ':' unset
check "... with a value" template $'  {{if X=a.b}}\nsame\n  {{end}}' 'X=a.b' same
check "conditions in conditions" template $'{{if A}}\n{{if B}}\nboth\n{{else}}\nonly a\n{{end}}\n{{else}}\n{{if B}}\nonly b\n{{end}}\n{{end}}' 'A= B=1' 'only b'
check "values on the command" prints 'x 1 2' 'echo "x {{word A}} {{word B}}" >template; B=0; render template A=1 B=2'
printf 'fine\n{{html NOWHERE}}\n' >"$WORK/template"
check "a variable that is not set ends with 3" ends_with 3 'render template >out.txt'
check "... and names the place" contains "$(<"$LOG")" "template:2: NOWHERE is not set"
for bad in '{{nope X}}' '{{html X' '{{html}}' '{{html $(touch pwned)}}' $'{{if X}}\n' $'{{end}}\n' $'{{if a[$(touch pwned)]}}\n{{end}}\n'; do
  printf '%s' "$bad" >"$WORK/template"
  check "no template: ${bad@Q}" ends_with 3 'X=1; render template'
done
check "nothing was executed" not test -e "$WORK/pwned"

echo "# atomic writes"
check "a file is written" ends_with 0 'printf "one\n" | write_file deep/a 0640'
check "... with its mode" equal "$(stat -c %a "$WORK/deep/a")" 640
before=$(stamp "$WORK/deep" "$WORK/deep/a")
sleep 0.02
check "the same again" ends_with 0 'printf "one\n" | write_file deep/a 0640'
check "... touches neither file nor folder" equal "$(stamp "$WORK/deep" "$WORK/deep/a")" "$before"
script 'printf "one\n" | write_file deep/a 0600'
check "another mode is a change" equal "$(stat -c %a "$WORK/deep/a")" 600
script 'printf "a\0b\n\n" | write_file deep/bin'
check "bytes and line ends stay" equal "$(od -An -tx1 "$WORK/deep/bin")" " 61 00 62 0a 0a"
ln -s a "$WORK/deep/link"
script 'echo two | write_file deep/link'
check "a link is replaced and not followed" equal "$(<"$WORK/deep/a")/$(<"$WORK/deep/link")" one/two
check "nothing else is left in the folder" equal "$(ls -A "$WORK/deep")" $'a\nbin\nlink'
check "nothing is left in the temporary folder" equal "$(ls -A "$WORK/tmp")" ""

echo "# transactions"
rm -rf "$WORK/deep" "$WORK/state"
mkdir "$WORK/deep"
echo old >"$WORK/deep/changed" && chmod 0604 "$WORK/deep/changed"
ln -s nowhere "$WORK/deep/link"
before=$(stat -c '%n %a %Y' "$WORK"/deep/*)
change='txn_begin; echo new | write_file deep/changed; echo newer | write_file deep/changed; echo x | write_file deep/made; remove_file deep/link; own_dir "$PWD/tree/a/b"; echo x | own_file "$PWD/tree/a/b/f";'
check "a failure rolls back" ends_with 3 "$change fail_config no"
check "... every file" equal "$(stat -c '%n %a %Y' "$WORK"/deep/*)" "$before"
check "... with its content" equal "$(<"$WORK/deep/changed")" old
check "... links" equal "$(readlink "$WORK/deep/link")" nowhere
check "... folders" not test -e "$WORK/tree"
check "... and the ledger" equal "$(ls -A "$WORK/state")" ""
check "a signal rolls back" ends_with 143 "$change kill -TERM \$\$"
check "... every file too" equal "$(stat -c '%n %a %Y' "$WORK"/deep/*)" "$before"
check "what was registered with undo is done, last first, with its arguments as they were" prints $'second $(x)\nfirst a b' \
  "exec 3>&1 >/dev/null; txn_begin; undo echo first 'a b'; undo echo second '\$(x)'; exec >&3; fail_config no 2>/dev/null"
check "an undo that was registered first sees the files put back" prints old "exec 3>&1 >/dev/null; txn_begin; undo cat deep/changed; echo new | write_file deep/changed; exec >&3; txn_rollback 2>/dev/null"
check "an undo that fails stops no other" prints 'done' "exec 3>&1 >/dev/null; txn_begin; undo echo done; undo false; exec >&3; txn_rollback 2>/dev/null"
check "a commit undoes nothing" prints "" "txn_begin; undo echo never; txn_commit"
check "a commit keeps" ends_with 0 "$change txn_commit"
check "... what was written" equal "$(cat "$WORK"/deep/{changed,made} "$WORK/tree/a/b/f")" $'newer\nx\nx'
check "nothing written is no change" prints same 'txn_begin; echo newer | write_file deep/changed; if txn_changed; then echo changed; else echo same; fi; txn_commit'
check "a crash is remembered" ends_with 137 'txn_begin; echo z | write_file deep/changed; kill -KILL $$'
check "... by the next run" prints changed 'txn_begin; echo z | write_file deep/changed; if txn_changed; then echo changed; else echo same; fi; txn_commit'

echo "# the ledger"
rm -rf "$WORK/state" "$WORK/tree" && mkdir "$WORK/tree" && echo theirs >"$WORK/tree/theirs"
script 'own_dir "$PWD/tree/x/y"; echo one | own_file "$PWD/tree/x/y/f"; echo two | own_file "$PWD/tree/x/y/f"; echo mine | own_file "$PWD/tree/theirs"'
check "its own file is renewed" equal "$(<"$WORK/tree/x/y/f")" two
check "a file of others is left alone" equal "$(<"$WORK/tree/theirs")" theirs
check "it lists its files" prints "$WORK/tree/x/y/f" 'owned_files'
echo edited >>"$WORK/tree/x/y/f"
script 'echo three | own_file "$PWD/tree/x/y/f"'
check "what others changed is left alone" equal "$(<"$WORK/tree/x/y/f")" $'two\nedited'
echo two >"$WORK/tree/x/y/f"
script 'disown_file "$PWD/tree/x/y/f"; disown_file "$PWD/tree/theirs"; disown_dirs'
check "it takes away what it made, and no more" equal "$(find "$WORK/tree" | sort)" "$WORK/tree"$'\n'"$WORK/tree/theirs"
script 'own_dir "$PWD/tree/x/y"'
touch "$WORK/tree/x/theirs"
script 'disown_dirs'
check "a folder with files of others stays" equal "$(find "$WORK/tree/x" | sort)" "$WORK/tree/x"$'\n'"$WORK/tree/x/theirs"
script 'own_dir "$PWD/tree/keep/me"; disown_dirs "$PWD/tree/keep/me"'
check "a folder in use stays" test -d "$WORK/tree/keep/me"

echo "# the main file of nginx"
edit() { printf '%s' "$1" >"$WORK/main.conf"; prints "$4" "main_print $2 '$3' main.conf"; }
main=$'# worker_processes 9;\nuser www-data;\nworker_processes auto; # one each\nevents {\n\tworker_connections 768;\n\t# multi_accept on;\n}'
check "a setting is read" prints auto 'printf "# worker_processes 9;\nworker_processes   auto; # worker_processes 2;\n" >main.conf; main_get worker_processes main.conf'
check "a setting is changed" edit "$main" worker_processes 4 "${main/processes auto/processes 4}"
check "a setting in a block is changed" edit "$main" worker_connections 99 "${main/768/99}"
check "a missing setting is put before the first" edit "$main" worker_rlimit_nofile 7 "${main/user/$'worker_rlimit_nofile 7;\nuser'}"
check "a setting is taken out" edit $'a b;\nworker_rlimit_nofile 7;\nc d;\n' worker_rlimit_nofile '' $'a b;\nc d;'
check "a missing setting of a block is put into it" edit $'events {}\nhttp {}\n' worker_connections 5 $'events {\n\tworker_connections 5;}\nhttp {}'
check "a block on one line" edit $'events { worker_connections 768; }\n' worker_connections 5 'events { worker_connections 5; }'

echo "# trees"
rm -rf "$WORK/state" "$WORK/tree" && mkdir -p "$WORK/tree/empty" "$WORK/tree/full/theirs"
script 'adopt_missing_tree "$PWD/tree/new" "$PWD/tree/empty" "$PWD/tree/full"; mkdir -p tree/new/a tree/empty/b; touch tree/new/a/f tree/empty/b/f'
check "a missing and an empty folder are its own" ends_with 0 'is_owned_tree "$PWD/tree/new"; is_owned_tree "$PWD/tree/empty"'
check "a full one is not" ends_with 2 'is_owned_tree "$PWD/tree/full"'
script 'disown_trees'
check "a tree goes, of an empty folder only the content, a full one stays" equal "$(find "$WORK/tree" | sort)" "$WORK/tree"$'\n'"$WORK/tree/empty"$'\n'"$WORK/tree/full"$'\n'"$WORK/tree/full/theirs"
check "nothing is owned any more" prints "" 'ledger_of tree; ledger_of content'
printf 'tree\t-\t/\n' >"$WORK/state/made"
check "a damaged ledger removes nothing" ends_with 2 'rm() { echo rm "$@"; }; disown_trees'
rm -rf "$WORK/state"

echo "# backups"
script 'backup_begin; echo one >"$BACKUP/data"; backup_commit 2'
first=$(ls "$WORK/state/backups")
check "a backup is a folder with checksums" equal "$(ls "$WORK/state/backups/$first")" $'SHA256SUMS\ndata'
check "only its owner can read it" equal "$(stat -c %a "$WORK/state/backups" "$WORK/state/backups/$first" "$WORK/state/backups/$first/data" | sort -u)" $'600\n700'
check "one that fails leaves nothing" ends_with 2 'backup_begin; echo half >"$BACKUP/data"; false'
check "... at all" equal "$(ls -A "$WORK/state/backups")" "$first"
check "one that is killed" ends_with 137 'backup_begin; echo half >"$BACKUP/data"; kill -KILL $$'
check "... is not taken for a backup" prints "$WORK/state/backups/$first" 'backup_list'
check "an empty one is none" ends_with 2 'backup_begin; backup_commit'
script 'backup_begin; echo two >"$BACKUP/data"; backup_commit 2'
script 'backup_begin; echo three >"$BACKUP/data"; backup_commit 2'
check "the newest two are kept" equal "$(cat "$WORK"/state/backups/*/data)" $'two\nthree'
check "... and nothing else" equal "$(find "$WORK/state/backups" -mindepth 1 -maxdepth 1 | wc -l)" 2
check "the newest one is found" prints three 'backup_newest; cat "$BACKUP/data"'
echo bad >"$(find "$WORK/state/backups" -name data | sort | tail -n 1)"
check "a damaged one is passed over" prints two 'backup_newest 2>/dev/null; cat "$BACKUP/data"'
rm -f "$WORK"/state/backups/*/SHA256SUMS
check "without a good one it ends with 3" ends_with 3 'backup_newest'
rm -rf "$WORK/state"

echo "# certificates"
script 'tls_self_signed "$PWD/tls" one.example "*.two.example" _'
check "the key is for its owner only" equal "$(stat -c %a "$WORK/tls/tls.key" "$WORK/tls/tls.crt")" $'600\n644'
before=$(stamp "$WORK/tls"/*)
script 'tls_self_signed "$PWD/tls" one.example "*.two.example" _'
check "the same names need no new certificate" equal "$(stamp "$WORK/tls"/*)" "$before"
script 'tls_self_signed "$PWD/tls" one.example'
check "other names do" not equal "$(stamp "$WORK/tls"/*)" "$before"
check "a fingerprint has 64 digits" prints 64 'printf %s "$(tls_fingerprint "$PWD/tls/tls.crt")" | wc -c'
ENVIRONMENT=(C="$WORK/tls/tls.crt" K="$WORK/tls/tls.key" N=/nowhere)
check "a pair" ends_with 0 'input_tls_pair C K'
check "a key that is missing" ends_with 1 'input_tls_pair C N'
check "a key that is a certificate" ends_with 1 'input_tls_pair C C'
ENVIRONMENT=()

echo "# what programs see"
ENVIRONMENT=(SECRET=hidden)
check "an input is a variable of the script" prints hidden 'echo "$SECRET"'
check "... and of no program that it starts" prints "" 'env | grep -a hidden || true'
ENVIRONMENT=()

echo "# log levels"
ENVIRONMENT=(PURVEY_LOG_LEVEL=debug)
check "debug shows all" contains "$(script 'log_debug deep'; cat "$WORK/out")" "DEBUG deep"
ENVIRONMENT=(PURVEY_LOG_LEVEL=error)
check "error shows only errors" equal "$(script 'log_info a; log_warn b; log_error c'; sed 's/^[^]]*] //' "$LOG")" "ERROR c"
ENVIRONMENT=()

echo "# ports"
check "a free port has no owner" prints "" 'port_owners 1'
check "without a firewall nothing is opened" ends_with 0 'firewall_allow 80/tcp; [[ ! -e $PURVEY_STATE_DIR/firewall ]]'
finish
