# shellcheck shell=bash
# Runs an installer's scripts as an agent would, and counts what holds. Sourced by the tests beside it.

set -uo pipefail
INSTALLERS=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf -- "$WORK"' EXIT
PASSED=0 FAILED=0 RC=0
RUNNER=() # a command to put in front of the script
LOG=$WORK/log

# check BEHAVIOUR COMMAND...: counts whether the command succeeds.
check() {
  local behaviour=$1
  shift
  if "$@" >"$WORK/check.out" 2>&1; then
    PASSED=$((PASSED + 1))
    printf 'ok    %s\n' "$behaviour"
  else
    FAILED=$((FAILED + 1))
    printf 'FAIL  %s\n' "$behaviour"
    sed 's/^/      /' "$WORK/check.out"
    if [[ -s $LOG ]]; then tail -n 15 "$LOG" | sed 's/^/      | /'; fi
  fi
}

not() { ! "$@"; }
equal() { [[ $1 == "$2" ]] || { printf 'got:  %s\nwant: %s\n' "$1" "$2"; return 1; }; }
contains() { [[ $1 == *"$2"* ]] || { printf 'got: %s\nwithout: %s\n' "$1" "$2"; return 1; }; }

finish() {
  printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
  ((FAILED == 0))
}

# bundle APP: lays out the app's bundle, and prints where.
bundle() {
  local folder=$WORK/bundles/$1
  if [[ ! -d $folder ]]; then
    mkdir -p "$folder/lib"
    cp -R "$INSTALLERS/$1/." "$folder/"
    cp "$INSTALLERS"/lib/*.sh "$folder/lib/"
  fi
  printf '%s' "$folder"
}

# job APP SCRIPT [NAME=VALUE...]: runs the script with the agent's environment and these inputs. Leaves the exit code in
# RC, what it said in LOG, its progress and outputs in $WORK/progress and $WORK/output, its state in $WORK/state/APP.
job() {
  local app=$1 script=$2 folder
  shift 2
  folder=$(bundle "$app")
  mkdir -p "$WORK/state/$app"
  rm -rf "$WORK/tmp" && mkdir -m 0700 "$WORK/tmp"
  : >"$WORK/progress" && : >"$WORK/output"
  RC=0
  (cd "$folder" && exec "${RUNNER[@]}" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$WORK" \
    DEBIAN_FRONTEND=noninteractive TMPDIR="$WORK/tmp" PURVEY_ACTION="${ACTION:-${script%.sh}}" PURVEY_APP="purvey/$app" \
    PURVEY_APP_VERSION=1.0.0 PURVEY_JOB_ID=job PURVEY_ATTEMPT=1 PURVEY_INSTALL_ID=install PURVEY_PROGRESS="$WORK/progress" \
    PURVEY_OUTPUT="$WORK/output" PURVEY_STATE_DIR="$WORK/state/$app" "$@" setsid -w "./$script" </dev/null >"$LOG" 2>&1) || RC=$?
}

# job_ends_with CODE APP SCRIPT [NAME=VALUE...]
job_ends_with() {
  local code=$1
  shift
  job "$@"
  equal "$RC" "$code"
}

output_of() { sed -n "s/^$1=//p" "$WORK/output" | tail -n 1; }
