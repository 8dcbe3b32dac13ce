#!/bin/bash
# Installs Docker, or brings it in line with changed inputs, and runs a container.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=docker.sh
. ./docker.sh

progress 2 "Checking the inputs"
require_root
require_systemd
docker_read_inputs

progress 8 "Installing packages"
if ! apt_installed docker.io; then
  adopt_missing_group docker
  adopt_missing_tree /var/lib/docker /var/lib/containerd /etc/docker /etc/cni /etc/containerd /run/docker /run/containerd /opt/containerd
fi
adopt_missing_tree "$DATA_ROOT"
network_remember
# Newer archives have the command in a package of its own.
mapfile -t packages < <(apt_first docker-cli || true)
service_install docker 8 60 docker.io ca-certificates "${packages[@]}"

if [[ $INSTALL_COMPOSE == true ]] && ! docker compose version >/dev/null 2>&1; then
  progress 61 "Looking for the Compose plugin"
  compose=$(docker_compose_package)
  if [[ -n $compose ]]; then apt_ensure 61 66 "$compose"; else log_warn "this archive has no Compose plugin: Docker goes without"; fi
fi

progress 68 "Writing the configuration"
if [[ -e $CONF ]] && ! is_owned "$CONF"; then fail_config "$CONF was not made here, or was changed since: remove it to have it written anew"; fi
former=$(state_get data-root)
service_begin docker
if [[ ${former:-$DATA_ROOT} != "$DATA_ROOT" ]]; then undo service_restart docker; fi
own_dir "${CONF%/*}"
docker_render_conf | own_file "$CONF"
printf '%s\n' "$DATA_ROOT" | write_file "$PURVEY_STATE_DIR/data-root" 0600
if [[ ${former:-$DATA_ROOT} != "$DATA_ROOT" ]]; then
  systemctl stop docker.socket docker
  data_move "$former" "$DATA_ROOT"
fi

progress 76 "Starting the engine"
service_apply || fail_config "docker does not run with this configuration"

progress 86 "Running a container"
if service_applied; then docker_run_container; else docker_info ServerVersion >/dev/null || fail_config "docker does not answer"; fi
group_members docker "${USERS[@]}"
txn_commit
service_enable docker
if [[ ${former:-$DATA_ROOT} != "$DATA_ROOT" ]]; then rmdir -- "$former" 2>/dev/null || true; fi

output version "$(docker_info ServerVersion)"
output storage_driver "$(docker_info Driver)"
output data_root "$DATA_ROOT"
output compose "$(docker_compose_version)"
progress 100 "Docker is ready"
