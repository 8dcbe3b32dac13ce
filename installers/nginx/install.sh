#!/bin/bash
# Installs nginx and serves one site with it, or brings both in line with changed inputs. Touches nothing that is so already.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=../lib/apt.sh
. lib/apt.sh
# shellcheck source=../lib/service.sh
. lib/service.sh
# shellcheck source=nginx.sh
. ./nginx.sh

progress 2 "Checking the inputs"
require_root
service_require_systemd
nginx_read_inputs
nginx_require_ports

progress 8 "Installing packages"
if apt_installed nginx; then
  service_release nginx
else
  service_hold nginx
  adopt_missing_dir /var/www
  adopt_missing_dir /var/www/html
fi
apt_ensure 8 60 nginx openssl curl
if [[ ${PURVEY_ACTION:-install} == upgrade ]]; then apt_upgrade nginx nginx-common; fi
if service_active nginx; then NGINX_WAS_ACTIVE=yes; fi

progress 62 "Writing the configuration"
txn_begin nginx_unload
nginx_write_page
nginx_write_certificate
nginx_render_site | write_file "$SITE_CONF"
nginx_disable_default_site
nginx_tune

progress 78 "Testing the configuration"
nginx_test || fail_config "the former configuration is back in place"

progress 84 "Loading the configuration"
nginx_load || fail_config "nginx does not run with this configuration"

progress 92 "Fetching the page"
nginx_fetch || fail_config "$REPLY"
txn_commit
service_enable nginx
disown_dirs "$DOCUMENT_ROOT"

output url "$(nginx_url)"
output document_root "$DOCUMENT_ROOT"
if [[ $ENABLE_SSL == true ]]; then output certificate_sha256 "$(nginx_certificate_sha256 -in "${SSL_CERTIFICATE:-$TLS_DIR/tls.crt}")"; fi
progress 100 "Serving $(nginx_url)"
