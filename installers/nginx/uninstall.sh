#!/bin/bash
# Takes away what install.sh made: the site, its first page, and nginx itself when it came with this install.
# Pages that others put into the document root stay, and so does nginx when it serves other sites or was there before.
# shellcheck source=../lib/purvey.sh
. lib/purvey.sh
# shellcheck source=nginx.sh
. ./nginx.sh

progress 5 "Removing the site"
require_root
service_release nginx
firewall_allow
service_begin nginx nginx_reload
remove_file "$SITE_CONF"
tls_remove "$TLS_DIR"
disown_files

if apt_owned nginx-common && ! nginx_has_other_sites; then
  txn_commit
  progress 30 "Removing packages"
  # The package puts its welcome page there, and leaves it there.
  if cmp -s -- /var/www/html/index.nginx-debian.html /usr/share/nginx/html/index.html; then remove_file /var/www/html/index.nginx-debian.html; fi
  apt_purge_owned
fi
if apt_installed nginx; then
  progress 70 "Putting the settings of nginx back"
  main_untune
  nginx_enable_default_site
  { nginx_test && service_unapply; } || fail_config "nginx would not run without this site"
fi
txn_commit

progress 90 "Removing empty folders"
disown_dirs
forget_install
progress 100 "nginx is uninstalled"
