#!/bin/bash
# Takes Docker away when it came with this install, with all containers, images and networks. Volumes, which are what
# people keep, stay. A Docker that was there before stays, with the settings that it had.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=docker.sh
. ./docker.sh

progress 5 "Stopping"
require_root
service_release docker
DATA_ROOT=$(state_get data-root)
DATA_ROOT=${DATA_ROOT:-/var/lib/docker}

if apt_owned docker.io; then
  if service_active docker; then
    docker ps --quiet --all | xargs --no-run-if-empty docker rm --force >/dev/null || true
    docker network ls --quiet --filter type=custom | xargs --no-run-if-empty docker network rm >/dev/null || true
  fi
  systemctl stop docker.socket docker 2>/dev/null || true
  if apt_owned containerd; then systemctl stop containerd 2>/dev/null || true; fi
  network_clear
  data_keep_volumes "$DATA_ROOT"

  progress 30 "Removing packages"
  apt_purge_owned
  rm -f /run/docker.sock /run/docker.pid
  disown_all
  data_return_volumes "$DATA_ROOT"
elif apt_installed docker.io; then
  progress 30 "Putting the settings of Docker back"
  service_begin docker
  disown_file "$CONF"
  service_apply || fail_config "docker would not run without this configuration"
  txn_commit
  disown_users
fi
forget_install
progress 100 "Docker is uninstalled"
