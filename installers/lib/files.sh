# shellcheck shell=bash
# Files: atomic writes that touch nothing when nothing changes, a transaction that can be rolled back, and a ledger of
# what this install made, so that an uninstall removes that and nothing else. Sourced by purvey.sh.

# --- state: small values kept in the install's own folder between jobs -------------------------------------------------

# state_set NAME VALUE; state_get NAME (prints nothing when unset); state_has NAME; state_del NAME
state_set() { printf '%s\n' "$2" | _write_raw "$PURVEY_STATE_DIR/$1" 0600; }
state_get() { if [[ -f $PURVEY_STATE_DIR/$1 ]]; then cat -- "$PURVEY_STATE_DIR/$1"; fi; }
state_has() { [[ -e $PURVEY_STATE_DIR/$1 ]]; }
state_del() { rm -f -- "$PURVEY_STATE_DIR/$1"; }

# --- atomic writes -----------------------------------------------------------------------------------------------------

_NEW=''
_drop_new() { if [[ -n $_NEW ]]; then rm -f -- "$_NEW"; fi; }
on_exit _drop_new

# same_file PATH CANDIDATE MODE: PATH is a regular file with the content of CANDIDATE and mode MODE (four digits).
same_file() {
  [[ -f $1 && ! -L $1 ]] && cmp -s -- "$1" "$2" && [[ $(stat -c %04a -- "$1") == "$3" ]]
}

# _write_raw PATH MODE: stdin becomes the file's content by a rename in its folder; outside any transaction.
_write_raw() {
  local path=$1 mode=$2 candidate
  candidate=$(mktemp -- "${TMPDIR:-/tmp}/write.XXXXXX")
  cat >"$candidate"
  if ! same_file "$path" "$candidate" "$mode"; then _install_file "$candidate" "$path" "$mode"; fi
  rm -f -- "$candidate"
}

_install_file() { # CANDIDATE PATH MODE
  mkdir -p -- "${2%/*}/"
  # Dot files are skipped by the `*` of include directives, so a crash here leaves nothing that a service would read.
  _NEW=$(mktemp -- "${2%/*}/.purvey.XXXXXX")
  cat -- "$1" >"$_NEW"
  chmod -- "$3" "$_NEW"
  sync -- "$_NEW"
  mv -fT -- "$_NEW" "$2"
  _NEW=''
}

# write_file PATH [MODE]: stdin becomes the content, atomically, as part of the open transaction. Neither the file nor
# its folder is touched when it is already so.
write_file() {
  local path=$1 mode=${2:-0644} candidate
  candidate=$(mktemp -- "$TMPDIR/write.XXXXXX")
  cat >"$candidate"
  if ! same_file "$path" "$candidate" "$mode"; then
    txn_touch "$path"
    _install_file "$candidate" "$path" "$mode"
    _say wrote "$path"
  fi
  rm -f -- "$candidate"
}

# remove_file PATH: removes a file or link as part of the open transaction.
remove_file() {
  [[ -e $1 || -L $1 ]] || return 0
  txn_touch "$1"
  rm -f -- "$1"
  _say removed "$1"
}

# The files in the install's own folder are of no interest to a reader of the log.
_say() { if [[ $2 == "$PURVEY_STATE_DIR"/* ]]; then log_debug "$1 $2"; else log_info "$1 $2"; fi; }

# --- a transaction over files ------------------------------------------------------------------------------------------
# A change is on disk before a service has loaded it. The state `pending` marks that gap, so that a run after a crash
# loads what the crashed one wrote, although it finds nothing to write itself.

_TXN='' _TXN_PENDING='' _TXN_AFTER='' _TXN_PATHS=() _TXN_DIRS=()

# txn_begin [FUNCTION]: FUNCTION is called after a roll-back, for example to make a service load the former files.
txn_begin() {
  _TXN_AFTER=${1:-}
  _TXN=$(mktemp -d -- "$TMPDIR/txn.XXXXXX")
  _TXN_PENDING=$(state_get pending)
  _TXN_PATHS=() _TXN_DIRS=()
}

# txn_changed: something was written since txn_begin, or by an earlier run that never got to its end.
txn_changed() { state_has pending; }

# txn_touch PATH: keeps what is there now. Called before any change; outside a transaction it does nothing.
txn_touch() {
  local known
  [[ -n $_TXN ]] || return 0
  for known in "${_TXN_PATHS[@]}"; do [[ $known != "$1" ]] || return 0; done
  state_set pending yes
  if [[ -e $1 || -L $1 ]]; then cp -aT -- "$1" "$_TXN/${#_TXN_PATHS[@]}"; fi
  _TXN_PATHS+=("$1")
}

txn_commit() {
  [[ -n $_TXN ]] || return 0
  state_del pending
  rm -rf -- "$_TXN"
  _TXN=''
}

# txn_rollback: puts every file back as it was at txn_begin.
txn_rollback() {
  local i kept
  [[ -n $_TXN ]] || return 0
  for ((i = ${#_TXN_PATHS[@]} - 1; i >= 0; i--)); do
    kept=$_TXN/$i
    if [[ -e $kept || -L $kept ]]; then
      cp -aT --remove-destination -- "$kept" "${_TXN_PATHS[i]}"
    else
      rm -f -- "${_TXN_PATHS[i]}"
    fi
  done
  for ((i = ${#_TXN_DIRS[@]} - 1; i >= 0; i--)); do rmdir --ignore-fail-on-non-empty -- "${_TXN_DIRS[i]}" 2>/dev/null || true; done
  if ((${#_TXN_PATHS[@]})); then log_warn "rolled back ${#_TXN_PATHS[@]} file(s)"; fi
  if [[ -z $_TXN_PENDING ]]; then state_del pending; fi
  rm -rf -- "$_TXN"
  _TXN=''
  if [[ -n $_TXN_AFTER ]]; then "$_TXN_AFTER"; fi
}
on_exit txn_rollback

# --- the ledger of what this install made ------------------------------------------------------------------------------
# Lines `file SHA256 PATH` and `dir - PATH`, tab-separated, in the state `made`.

_sha256() { local sum; sum=$(sha256sum <"$1"); printf '%s' "${sum%% *}"; }

_ledger_write() { write_file "$PURVEY_STATE_DIR/made" 0600; }

_ledger_add() { # KIND SUM PATH
  local line=$1$'\t'$2$'\t'$3
  if state_get made | grep -xF -e "$line" >/dev/null; then return 0; fi
  { state_get made; printf '%s\n' "$line"; } | _ledger_write
}

_ledger_drop() { # PATH [all but SUM]
  state_get made | P=$1 K=${2:-} awk -F'\t' '!($1 == "file" && $3 == ENVIRON["P"] && $2 != ENVIRON["K"])' | _ledger_write
}

# owned_files: prints the paths of the files that this install made.
owned_files() { state_get made | awk -F'\t' '$1 == "file" && !seen[$3]++ { print $3 }'; }

# is_owned PATH: made by this install and not changed by anyone since.
is_owned() {
  local sum
  [[ -f $1 && ! -L $1 ]] || return 1
  sum=$(_sha256 "$1")
  state_get made | grep -xF -e "file"$'\t'"$sum"$'\t'"$1" >/dev/null
}

# own_file PATH [MODE]: like write_file, but leaves alone a file that somebody else made or changed.
own_file() {
  local path=$1 mode=${2:-0644} candidate sum
  candidate=$(mktemp -- "$TMPDIR/own.XXXXXX")
  cat >"$candidate"
  if [[ -e $path || -L $path ]] && ! is_owned "$path"; then
    log_info "left $path as it is: it was not made here, or was changed since"
  else
    sum=$(_sha256 "$candidate")
    _ledger_add file "$sum" "$path" # first, so that a crash in between leaves no file that nobody owns
    write_file "$path" "$mode" <"$candidate"
    _ledger_drop "$path" "$sum"
  fi
  rm -f -- "$candidate"
}

# disown_file PATH: removes the file when it is still as this install made it, and forgets it.
disown_file() {
  if is_owned "$1"; then remove_file "$1"; elif [[ -e $1 ]]; then log_info "kept $1: it was changed since"; fi
  _ledger_drop "$1"
}

# own_dir PATH [MODE]: makes the folder and its missing parents, and remembers which ones it made.
own_dir() {
  local path=$1 mode=${2:-0755}
  [[ ! -d $path ]] || return 0
  if [[ ${path%/*} == /* ]]; then own_dir "${path%/*}"; fi
  _ledger_add dir - "$path"
  mkdir -m "$mode" -- "$path" || fail_config "cannot make the folder $path"
  _TXN_DIRS+=("$path")
}

# adopt_missing_dir PATH: a folder that is not there, and that a package is about to make, counts as made by this install.
adopt_missing_dir() { if [[ ! -e $1 ]]; then _ledger_add dir - "$1"; fi; }

# disown_dirs [KEEP]: removes the folders that this install made and that are empty, but for KEEP and its parents.
disown_dirs() {
  local path gone=()
  while IFS= read -r path; do
    [[ ${1:-} != "$path" && ${1:-} != "$path"/* ]] || continue
    if [[ -d $path ]]; then
      rmdir -- "$path" 2>/dev/null || { log_info "kept the folder $path: it is not empty"; continue; }
      log_info "removed the folder $path"
    fi
    gone+=("$path")
  done < <(state_get made | awk -F'\t' '$1 == "dir" { print $3 }' | sort -r)
  for path in "${gone[@]}"; do
    state_get made | grep -vxF -e "dir"$'\t-\t'"$path" | _ledger_write || true
  done
}
