#!/bin/bash
# Checks that Docker is as the inputs say, and runs a container. Leaves nothing behind.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=docker.sh
. ./docker.sh

progress 10 "Checking the package and the service"
require_root
docker_read_inputs
apt_installed docker.io || fail_install "the package docker.io is not installed"
service_require docker

progress 40 "Checking the configuration"
docker_render_conf >"$TMPDIR/daemon.json"
cmp -s -- "$TMPDIR/daemon.json" "$CONF" || fail_config "$CONF is not as it was written"
[[ $(docker_info DockerRootDir) == "$DATA_ROOT" ]] || fail_config "docker runs with another data folder than $DATA_ROOT"
[[ $STORAGE_DRIVER == auto || $(docker_info Driver) == "$STORAGE_DRIVER" ]] || fail_config "docker runs with another storage driver than $STORAGE_DRIVER"
[[ $(docker_info LoggingDriver) == "$LOG_DRIVER" ]] || fail_config "docker runs with another log driver than $LOG_DRIVER"
for user in "${USERS[@]}"; do
  is_member docker "$user" || fail_config "$user is not in the group docker"
done

progress 70 "Running a container"
docker_run_container
progress 100 "Docker runs containers"
