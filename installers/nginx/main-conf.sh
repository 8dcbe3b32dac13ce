# shellcheck shell=bash
# The settings that can only stand in nginx.conf: what stood there before the first change, and what was set, is kept for
# the day of the uninstall.

readonly MAIN_CONF=/etc/nginx/nginx.conf
readonly MAIN_SETTINGS=(worker_processes worker_connections worker_rlimit_nofile)

# main_get NAME [FILE]: the value of a directive, nothing when it is not there.
main_get() {
  awk -v name="$1" '
    { code = $0; sub(/#.*/, "", code) }
    match(code, "(^|[ \t{;])" name "[ \t]+[^;]+;") {
      text = substr(code, RSTART, RLENGTH - 1); sub(/^.*[ \t]/, "", text); print text; exit
    }' "${2:-$MAIN_CONF}"
}

# main_print NAME VALUE FILE: FILE with the directive set, or taken out for an empty VALUE.
main_print() {
  awk -v name="$1" -v value="$2" -v found="$(main_get "$1" "$3")" '
    { code = $0; sub(/#.*/, "", code) }
    !done && found != "" && match(code, "(^|[ \t{;])" name "[ \t]+[^;]+;") {
      done = 1; lead = substr(code, RSTART, 1)
      if (lead !~ /[ \t{;]/) lead = ""
      $0 = substr($0, 1, RSTART - 1) lead (value == "" ? "" : name " " value ";") substr($0, RSTART + RLENGTH)
      if (value == "" && $0 ~ /^[ \t]*$/) next
    }
    !done && found == "" && value != "" && name != "worker_connections" && code !~ /^[ \t]*$/ { done = 1; print name " " value ";" }
    !done && found == "" && value != "" && name == "worker_connections" && match(code, /(^|[ \t}])events[ \t]*\{/) {
      done = 1; $0 = substr($0, 1, RSTART + RLENGTH - 1) "\n\t" name " " value ";" substr($0, RSTART + RLENGTH)
    }
    { print }' "$3"
}

main_edit() { # NAME VALUE, in the copy
  main_print "$1" "$2" "$TMPDIR/nginx.conf" >"$TMPDIR/nginx.conf.new"
  mv -f -- "$TMPDIR/nginx.conf.new" "$TMPDIR/nginx.conf"
  [[ $(main_get "$1" "$TMPDIR/nginx.conf") == "$2" ]] || fail_config "$MAIN_CONF has no place for $1"
}

main_write() {
  local path
  path=$(readlink -f "$MAIN_CONF")
  write_file "$path" "$(stat -c %04a -- "$path")" <"$TMPDIR/nginx.conf"
}

# main_tune: the settings are as the inputs say. Each connection can hold a socket and a file open.
main_tune() {
  local i name value current wanted=("$WORKER_PROCESSES" "$WORKER_CONNECTIONS" "$((WORKER_CONNECTIONS * 2))")
  cat -- "$MAIN_CONF" >"$TMPDIR/nginx.conf"
  for i in "${!MAIN_SETTINGS[@]}"; do
    name=${MAIN_SETTINGS[i]} value=${wanted[i]}
    current=$(main_get "$name")
    # Somebody who raised the limit of open files themselves keeps it.
    if [[ $name == worker_rlimit_nofile && $current =~ ^[0-9]{1,9}$ ]] && ! state_has "set-$name" && ((current >= value)); then continue; fi
    if ! state_has "main-$name"; then printf '%s\n' "$current" | write_file "$PURVEY_STATE_DIR/main-$name" 0600; fi
    printf '%s\n' "$value" | write_file "$PURVEY_STATE_DIR/set-$name" 0600
    if [[ $current != "$value" ]]; then main_edit "$name" "$value"; fi
  done
  main_write
}

# main_untune: puts the file back as it was before this install, but for what somebody else has changed since.
main_untune() {
  local name
  cat -- "$MAIN_CONF" >"$TMPDIR/nginx.conf"
  for name in "${MAIN_SETTINGS[@]}"; do
    if state_has "main-$name" && [[ $(main_get "$name") == "$(state_get "set-$name")" ]]; then main_edit "$name" "$(state_get "main-$name")"; fi
  done
  main_write
}
