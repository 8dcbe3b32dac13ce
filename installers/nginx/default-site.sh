# shellcheck shell=bash
# Debian's welcome page, which answers for every host name.

# nginx_disable_default_site: it goes once, and only when nginx came with this install and the page's configuration is as
# the package made it.
nginx_disable_default_site() {
  local target=/etc/nginx/sites-available/default packaged fate=kept
  if state_has default-site || ! apt_owned nginx-common; then return 0; fi
  if [[ -L $DEFAULT_SITE && $(readlink -f "$DEFAULT_SITE") == "$target" ]]; then
    packaged=$(dpkg-query -W -f='${Conffiles}\n' nginx-common | awk -v f="$target" '$1 == f { print $2 }')
    if [[ $(md5sum <"$target") == "$packaged "* ]]; then remove_file "$DEFAULT_SITE" && fate=removed; fi
  fi
  printf '%s\n' "$fate" | write_file "$PURVEY_STATE_DIR/default-site" 0600
}

# nginx_enable_default_site: an nginx that stays gets it back.
nginx_enable_default_site() {
  if [[ $(state_get default-site) == removed && -f /etc/nginx/sites-available/default && ! -e $DEFAULT_SITE && ! -L $DEFAULT_SITE ]]; then
    txn_touch "$DEFAULT_SITE"
    ln -s /etc/nginx/sites-available/default "$DEFAULT_SITE"
  fi
}

# nginx_has_other_sites: somebody else put sites of their own into this nginx.
nginx_has_other_sites() {
  local file
  for file in /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*; do
    if [[ -e $file && $file != "$SITE_CONF" && $file != "$DEFAULT_SITE" ]]; then log_warn "nginx stays: $file uses it"; return 0; fi
  done
  return 1
}
