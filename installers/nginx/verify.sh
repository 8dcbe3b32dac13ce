#!/bin/bash
# Checks that nginx runs, is as the inputs say, and answers. Changes nothing.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=nginx.sh
. ./nginx.sh

progress 10 "Checking the package and the service"
require_root
nginx_read_inputs
apt_installed nginx || fail_install "the package nginx is not installed"
service_require nginx

progress 40 "Checking the configuration"
nginx_test || fail_config "the configuration on disk is not valid"
nginx_render_site >"$TMPDIR/site.conf"
cmp -s -- "$TMPDIR/site.conf" "$SITE_CONF" || fail_config "$SITE_CONF is not as it was written"
[[ $(main_get worker_processes) == "$WORKER_PROCESSES" ]] || fail_config "worker_processes in $MAIN_CONF was changed"
[[ $(main_get worker_connections) == "$WORKER_CONNECTIONS" ]] || fail_config "worker_connections in $MAIN_CONF was changed"

progress 70 "Fetching the page"
nginx_fetch
if [[ $ENABLE_SSL == true ]]; then tls_served "$HTTPS_PORT" "$(nginx_first_name)" "$CERTIFICATE"; fi
progress 100 "nginx serves $(nginx_url)"
