#!/bin/bash
# Takes away what install.sh made: the site, its first page, and nginx itself when it came with this install.
# Pages that others put into the document root stay, and so does nginx when it serves other sites or was there before.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=../lib/apt.sh
. lib/apt.sh
# shellcheck source=../lib/service.sh
. lib/service.sh
# shellcheck source=nginx.sh
. ./nginx.sh

progress 5 "Removing the site"
require_root
service_release nginx
if service_active nginx; then NGINX_WAS_ACTIVE=yes; fi
txn_begin nginx_unload
remove_file "$SITE_CONF"
remove_file "$TLS_DIR/tls.key"
remove_file "$TLS_DIR/tls.crt"
while IFS= read -r page; do disown_file "$page"; done < <(owned_files)

if apt_owned nginx-common && ! nginx_has_other_sites; then
  txn_commit
  progress 30 "Removing packages"
  nginx_purge
fi
if apt_installed nginx; then
  progress 70 "Putting the settings of nginx back"
  nginx_leave || fail_config "nginx would not run without this site"
fi
txn_commit

progress 90 "Removing empty folders"
disown_dirs
nginx_forget
progress 100 "nginx is uninstalled"
