# shellcheck shell=bash
# The ledger of what this install made, so that an uninstall removes that and nothing else. It is the state `made`, with
# tab-separated lines `file SHA256 PATH` and, with `-` in the middle, of the kinds dir, tree, content, user, group and
# member. Each is written down before it happens, so that a run that is killed leaves nothing that nobody owns.

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

# ledger_of KIND: prints what this install made of that kind.
ledger_of() { state_get made | awk -F'\t' -v kind="$1" '$1 == kind && !seen[$3]++ { print $3 }'; }

_ledger_del() { # KIND NAME
  if state_has made; then state_get made | { grep -vxF -e "$1"$'\t-\t'"$2" || true; } | _ledger_write; fi
}

# owned_files: prints the paths of the files that this install made.
owned_files() { ledger_of file; }

# is_owned PATH: made by this install and not changed by anyone since.
is_owned() {
  local sum
  [[ -f $1 && ! -L $1 ]] || return 1
  sum=$(_sha256 "$1")
  state_get made | grep -xF -e "file"$'\t'"$sum"$'\t'"$1" >/dev/null
}

# own_file PATH [MODE [OWNER:GROUP]]: like write_file, but leaves alone a file that somebody else made or changed.
own_file() {
  local path=$1 mode=${2:-0644} owner=${3:-} candidate sum
  candidate=$(mktemp -- "$TMPDIR/own.XXXXXX")
  cat >"$candidate"
  if [[ -e $path || -L $path ]] && ! is_owned "$path"; then
    log_info "left $path as it is: it was not made here, or was changed since"
  else
    sum=$(_sha256 "$candidate")
    _ledger_add file "$sum" "$path" # first, so that a crash in between leaves no file that nobody owns
    write_file "$path" "$mode" "$owner" <"$candidate"
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
  undo rmdir --ignore-fail-on-non-empty -- "$path"
}

# adopt_missing_dir PATH: a folder that is not there, and that a package is about to make, counts as made by this install.
adopt_missing_dir() { if [[ ! -e $1 ]]; then _ledger_add dir - "$1"; fi; }

# adopt_missing_tree PATH...: the same, with all that will ever be in it. Of a folder that is there but empty, such as a
# mounted disk, only the content counts.
adopt_missing_tree() {
  local path
  for path; do
    if [[ ! -e $path ]]; then
      _ledger_add tree - "$path"
    elif [[ -d $path && ! -L $path && -z $(ls -A -- "$path") ]]; then
      _ledger_add content - "$path"
    fi
  done
}

# is_owned_tree PATH: the folder, or what is in it, came with this install.
is_owned_tree() { { ledger_of tree; ledger_of content; } | grep -xF -e "$1" >/dev/null; }

# disown_trees: removes the adopted trees. Nothing is removed that is mounted into them.
disown_trees() {
  local path
  while IFS= read -r path; do
    [[ $path == /*/* && $path != */../* ]] || fail_install "the ledger is damaged: it names ${path@Q}"
    if [[ -d $path ]]; then log_info "removing the folder $path"; fi
    rm -rf --one-file-system -- "$path" || fail_install "the folder $path could not be removed"
    _ledger_del tree "$path"
  done < <(ledger_of tree)
  while IFS= read -r path; do
    if [[ -d $path ]]; then find "$path" -xdev -mindepth 1 -delete || fail_install "the folder $path could not be emptied"; fi
    _ledger_del content "$path"
  done < <(ledger_of content)
}

# disown_dirs [KEEP]: removes the folders that this install made and that are empty, but for KEEP and its parents.
# shellcheck disable=SC2120 # scripts pass it
disown_dirs() {
  local path
  while IFS= read -r path; do
    [[ ${1:-} != "$path" && ${1:-} != "$path"/* ]] || continue
    if [[ -d $path ]]; then
      rmdir -- "$path" 2>/dev/null || { log_info "kept the folder $path: it is not empty"; continue; }
      log_info "removed the folder $path"
    fi
    _ledger_del dir "$path"
  done < <(ledger_of dir | sort -r)
}

# disown_files: removes the files that are still as this install made them.
disown_files() {
  local path
  while IFS= read -r path; do disown_file "$path"; done < <(owned_files)
}

# disown_all: removes everything in the ledger that is still this install's own.
disown_all() {
  disown_files
  disown_trees
  disown_users
  # shellcheck disable=SC2119
  disown_dirs
}

# forget_install: the last step of an uninstall: nothing is kept of it, backups included.
forget_install() { find "$PURVEY_STATE_DIR" -mindepth 1 -delete; }
