#!/bin/bash
# Installs nginx and serves one site with it, or brings both in line with changed inputs. Touches nothing that is so already.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=nginx.sh
. ./nginx.sh

progress 2 "Checking the inputs"
require_root
require_systemd
nginx_read_inputs
port_require_free "$HTTP_PORT" nginx
if [[ $ENABLE_SSL == true ]]; then port_require_free "$HTTPS_PORT" nginx; fi

progress 8 "Installing packages"
if ! apt_installed nginx; then
  adopt_missing_dir /var/www
  adopt_missing_dir /var/www/html
fi
service_install nginx 8 60 nginx openssl curl

progress 62 "Writing the configuration"
service_begin nginx nginx_reload
own_dir "$DOCUMENT_ROOT"
render page.html.in | own_file "$DOCUMENT_ROOT/index.html"
while IFS= read -r page; do
  if [[ $page == */index.html && $page != "$DOCUMENT_ROOT/index.html" ]]; then disown_file "$page"; fi
done < <(owned_files)
if [[ $ENABLE_SSL == true && -z $SSL_CERTIFICATE ]]; then tls_self_signed "$TLS_DIR" "${NAMES[@]}"; else tls_remove "$TLS_DIR"; fi
if [[ $ENABLE_SSL == true && -n $SSL_CERTIFICATE ]]; then nginx_check_pair; fi
nginx_render_site | write_file "$SITE_CONF"
nginx_disable_default_site
main_tune

progress 78 "Testing the configuration"
nginx_test || fail_config "the former configuration is back in place"

progress 84 "Loading the configuration"
service_apply || fail_config "nginx does not run with this configuration"
firewall_allow "${OPENINGS[@]}"

progress 92 "Fetching the page"
nginx_fetch
txn_commit
service_enable nginx
disown_dirs "$DOCUMENT_ROOT"

output url "$(nginx_url)"
output document_root "$DOCUMENT_ROOT"
if [[ $ENABLE_SSL == true ]]; then output certificate_sha256 "$(tls_fingerprint "$CERTIFICATE")"; fi
progress 100 "Serving $(nginx_url)"
