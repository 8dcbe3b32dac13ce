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
  printf '. %q/purvey.sh\n. %q/service.sh\n. %q/nginx/nginx.sh\ncd %q\n%s\n' "$LIB" "$LIB" "$INSTALLERS" "$WORK" "$1" >"$WORK/script"
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
check "... and names the place" contains "$(<"$WORK/err")" 'script:5: a command failed with status 1: false'
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
check "a path that is too long" matches "/$(printf 'x%.0s' {1..1100})" 1 'input_path X'
check "nothing was executed" not test -e "$WORK/pwned"

echo "# quoting"
check "html" prints '&lt;a href=&quot;x&#39;&quot;&gt;&amp;amp; \1 $(y)' 'html_escape "<a href=\"x'"'"'\">&amp; \\1 \$(y)"; echo "$REPLY"'
check "nginx: plain" prints '"/srv/a b"' 'nginx_quote "/srv/a b"; echo "$REPLY"'
check "nginx: quotes and backslashes" prints '"/a\"b\\c'"'"';{}#"' 'nginx_quote "/a\"b\\c'"'"';{}#"; echo "$REPLY"'
check "nginx: dollars" prints '"/${purvey_dollar}{x}${purvey_dollar}HOME&"' 'nginx_quote "/\${x}\$HOME&"; echo "$REPLY"'

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
check "after a roll-back the hook is called" prints called "undo() { echo called; }; exec 3>&1 >/dev/null; txn_begin undo; echo new | write_file deep/changed; exec >&3; txn_rollback 2>/dev/null"
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
edit() { printf '%s' "$1" >"$WORK/main.conf"; prints "$4" "_main_print $2 '$3' main.conf"; }
main=$'# worker_processes 9;\nuser www-data;\nworker_processes auto; # one each\nevents {\n\tworker_connections 768;\n\t# multi_accept on;\n}'
check "a setting is read" prints auto 'printf "# worker_processes 9;\nworker_processes   auto; # worker_processes 2;\n" >main.conf; nginx_main_get worker_processes main.conf'
check "a setting is changed" edit "$main" worker_processes 4 "${main/processes auto/processes 4}"
check "a setting in a block is changed" edit "$main" worker_connections 99 "${main/768/99}"
check "a missing setting is put before the first" edit "$main" worker_rlimit_nofile 7 "${main/user/$'worker_rlimit_nofile 7;\nuser'}"
check "a setting is taken out" edit $'a b;\nworker_rlimit_nofile 7;\nc d;\n' worker_rlimit_nofile '' $'a b;\nc d;'
check "a missing setting of a block is put into it" edit $'events {}\nhttp {}\n' worker_connections 5 $'events {\n\tworker_connections 5;}\nhttp {}'
check "a block on one line" edit $'events { worker_connections 768; }\n' worker_connections 5 'events { worker_connections 5; }'

echo "# ports"
check "a free port has no owner" prints "" 'port_owners 1'
finish
