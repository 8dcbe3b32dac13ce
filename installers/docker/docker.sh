# shellcheck shell=bash
# What the scripts share: the inputs, and the engine at work.

# shellcheck disable=SC2034 # for the scripts that source this
readonly CONF=/etc/docker/daemon.json

# Nothing of whoever root is logged in as.
export DOCKER_CONFIG=$TMPDIR/docker-config

# shellcheck source=data.sh
. ./data.sh
# shellcheck source=network.sh
. ./network.sh

docker_read_inputs() {
  : "${INSTALL_COMPOSE:=true}" "${DOCKER_USERS:=}" "${REGISTRY_MIRRORS:=}" "${DATA_ROOT:=/var/lib/docker}"
  : "${STORAGE_DRIVER:=auto}" "${LOG_DRIVER:=json-file}" "${LOG_MAX_SIZE_MB:=50}"
  local user mirror
  input_bool INSTALL_COMPOSE
  input_match DATA_ROOT '/[A-Za-z0-9._/-]{1,200}' "storage drivers can only work with letters, digits and . _ - in it"
  input_folder DATA_ROOT
  input_choice STORAGE_DRIVER auto overlay2 fuse-overlayfs btrfs zfs vfs
  input_choice LOG_DRIVER json-file local journald syslog none
  input_integer LOG_MAX_SIZE_MB 1 100000
  read -ra USERS <<<"$DOCKER_USERS"
  for user in "${USERS[@]}"; do
    getent passwd "$user" >/dev/null || fail_validation "docker_users is not valid: there is no user $user on this server"
  done
  MIRRORS=''
  while IFS= read -r mirror; do
    if [[ -z $mirror ]]; then continue; fi
    [[ $mirror =~ ^https?://[][A-Za-z0-9.:_-]+/?$ ]] || fail_validation "registry_mirrors is not valid: ${mirror@Q} is no address without a path"
    MIRRORS+=$mirror$'\n'
  done <<<"${REGISTRY_MIRRORS//$'\r'/}"
}

docker_render_conf() {
  local size=''
  case $LOG_DRIVER in json-file | local) size=${LOG_MAX_SIZE_MB}m ;; esac
  render daemon.json.in SIZE="$size" MIRRORS="$MIRRORS"
}

# docker_info FIELD: what the engine says of itself.
docker_info() { docker info --format "{{.$1}}" 2>/dev/null; }

# docker_compose_package: prints the package with the Compose plugin, nothing where the archive has none.
docker_compose_package() {
  local package
  for package in docker-compose-plugin docker-compose-v2 docker-compose; do
    # Before version 2 docker-compose was a program of its own, and no plugin.
    if [[ $(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\?//p') =~ ^([2-9]|[1-9][0-9])\. ]]; then printf '%s' "$package"; return 0; fi
  done
}

docker_compose_version() { docker compose version --short 2>/dev/null || printf 'none: the archive has no Compose plugin'; }

# docker_run_container: a container runs, made of nothing but a static program that comes with the engine, so that no
# registry has to answer.
docker_run_container() {
  local program image said
  program=$(command -v docker-init || command -v tini-static) || fail_install "docker-init is missing"
  program=$(readlink -f "$program")
  image=$(tar --create --dereference --directory "${program%/*}" "${program##*/}" | docker import --message "Purvey's check" - 2>"$TMPDIR/run.errors") \
    || fail_config "no image could be made: $(tail -n 1 "$TMPDIR/run.errors")"
  said=$(docker run --rm --pull never "$image" "/${program##*/}" --version 2>"$TMPDIR/run.errors") || said=''
  docker rmi --force "$image" >/dev/null
  [[ -n $said && $said == "$("$program" --version)" ]] || fail_config "no container runs: $(tail -n 1 "$TMPDIR/run.errors")"
  log_info "a container ran: $said"
}
