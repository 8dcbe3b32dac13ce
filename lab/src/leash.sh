#!/bin/sh
# Runs a program that never outlives the process which holds the other end of our standard input.
#   sh -c "$this" purvey-leash FIRST_SIGNAL GRACE_SECONDS FOLDER SHM_FILE PROGRAM ARGUMENT...
# Prints the program's process id, and ends with its exit status. FOLDER, if not empty, is removed when the owner
# has gone. SHM_FILE, if not empty, is PostgreSQL's postmaster.pid: its seventh line names a segment of shared memory
# that a killed server leaves in the kernel.
first=$1 grace=$2 folder=$3 shm=$4
shift 4
exec 3<&0
"$@" </dev/null >&2 3<&- &
program=$!
echo "$program"
exec >&2

# ends_within TENTHS
ends_within() {
  left=$1
  while kill -0 "$program" 2>/dev/null; do
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
    left=$((left - 1))
  done
}

(
  while read -r _; do :; done <&3
  [ -z "$folder" ] || : >"$folder/.owner-gone"
  kill -s "$first" "$program" 2>/dev/null
  ends_within "$((grace * 10))" && exit
  kill -s QUIT "$program" 2>/dev/null
  ends_within 20 && exit
  kill -s KILL "$program" 2>/dev/null
) &
watch=$!
exec 3<&-

wait "$program"
status=$?
kill "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
if [ -n "$shm" ] && [ -f "$shm" ]; then
  segment=$(sed -n '7s/^ *[0-9]* *//p' "$shm")
  [ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null
fi
if [ -n "$folder" ] && [ -e "$folder/.owner-gone" ]; then
  # Children of a killed server may still be writing for a moment.
  rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
fi
exit "$status"
