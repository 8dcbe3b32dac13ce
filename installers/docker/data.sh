# shellcheck shell=bash
# The folder with images, containers and volumes.

# data_move FROM TO: everything goes over, and back again if the script fails. The engine must not run meanwhile.
data_move() {
  [[ $1/ != "$2"/* && $2/ != "$1"/* ]] || fail_validation "data_root is not valid: $1 and $2 lie in each other"
  [[ -d $1 && -n $(ls -A -- "$1") ]] || return 0
  [[ ! -d $2 || -z $(ls -A -- "$2") ]] || fail_validation "data_root is not valid: $2 is not empty"
  log_info "moving the data from $1 to $2"
  mkdir -p -- "$2"
  chmod 0710 -- "$2"
  undo data_move_back "$1" "$2"
  data_move_entries "$1" "$2" || fail_config "the data could not be moved to $2: is there enough space?"
}
data_move_back() { data_move_entries "$2" "$1" && { rmdir -- "$2" 2>/dev/null || true; }; } # FROM TO
data_move_entries() { find "$1" -mindepth 1 -maxdepth 1 -exec mv -t "$2" -- {} +; }

# data_has_volumes FOLDER: somebody keeps something in a volume.
data_has_volumes() { [[ -n $(find "$1/volumes" -mindepth 1 -maxdepth 1 -type d -print -quit 2>/dev/null) ]]; }

# data_keep_volumes FOLDER, data_return_volumes FOLDER: the package, and we after it, remove the whole folder. Volumes are
# what people keep, so they step aside meanwhile.
data_keep_volumes() {
  if ! data_has_volumes "$1"; then return 0; fi
  log_warn "volumes stay in $1/volumes: remove that folder if nobody needs them"
  mkdir -p -- "$1.kept"
  mv -T -- "$1/volumes" "$1.kept/volumes"
}
data_return_volumes() {
  if [[ ! -d $1.kept ]]; then return 0; fi
  mkdir -p -- "$1"
  chmod 0710 -- "$1"
  mv -T -- "$1.kept/volumes" "$1/volumes"
  rmdir -- "$1.kept"
}
