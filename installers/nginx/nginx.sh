# shellcheck shell=bash
# What install.sh, verify.sh and uninstall.sh know about nginx on Debian and Ubuntu.

readonly MAIN_CONF=/etc/nginx/nginx.conf
readonly SITE_CONF=/etc/nginx/conf.d/purvey-site.conf
readonly TLS_DIR=/etc/nginx/purvey
readonly DEFAULT_SITE=/etc/nginx/sites-enabled/default
readonly SELF_SIGNED_DAYS=825 RENEW_BEFORE_SECONDS=$((30 * 24 * 3600))

# --- inputs ------------------------------------------------------------------------------------------------------------

nginx_read_inputs() {
  : "${HTTP_PORT:=80}" "${ENABLE_SSL:=false}" "${DOCUMENT_ROOT:=/var/www/site}" "${CLIENT_MAX_BODY_SIZE:=16m}"
  : "${WORKER_PROCESSES:=auto}" "${WORKER_CONNECTIONS:=1024}" "${ADMIN_EMAIL:=}"
  : "${HTTPS_PORT:=443}" "${SSL_CERTIFICATE:=}" "${SSL_CERTIFICATE_KEY:=}"
  local resolved name='(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*(\.\*)?'
  input_match SERVER_NAME "$name( $name)*" "it is a host name, or several separated by single spaces"
  input_port HTTP_PORT
  input_bool ENABLE_SSL
  input_match CLIENT_MAX_BODY_SIZE '(0|[1-9][0-9]{0,8}[kKmMgG]?)' "it is a number of bytes, such as 500k or 16m"
  input_match WORKER_PROCESSES '(auto|[1-9][0-9]{0,2})' "it is auto or a number"
  input_integer WORKER_CONNECTIONS 64 65535
  input_path DOCUMENT_ROOT
  # Links stay in the path, so that a deployment that switches one is followed; they do not lead past the check.
  DOCUMENT_ROOT=$(realpath -ms -- "$DOCUMENT_ROOT")
  resolved=$(realpath -m -- "$DOCUMENT_ROOT")
  case ${resolved%/}/ in
    / | /usr/ | /var/ | /home/ | /bin/* | /boot/* | /dev/* | /etc/* | /lib*/* | /proc/* | /root/* | /run/* | /sbin/* | /sys/* | \
      /usr/bin/* | /usr/lib*/* | /usr/sbin/* | /var/lib/purvey/* | /var/lib/dpkg/* | /var/log/*)
      fail_validation "document_root is not valid: $DOCUMENT_ROOT belongs to the system and is not for visitors" ;;
  esac
  if [[ -e $DOCUMENT_ROOT && ! -d $DOCUMENT_ROOT ]]; then fail_validation "document_root is not valid: $DOCUMENT_ROOT is not a folder"; fi
  if [[ $ENABLE_SSL == true ]]; then nginx_read_tls_inputs; fi
}

nginx_read_tls_inputs() {
  local name
  input_port HTTPS_PORT
  [[ $HTTPS_PORT != "$HTTP_PORT" ]] || fail_validation "http_port and https_port are both $HTTP_PORT"
  if [[ -z $SSL_CERTIFICATE && -z $SSL_CERTIFICATE_KEY ]]; then return 0; fi
  [[ -n $SSL_CERTIFICATE && -n $SSL_CERTIFICATE_KEY ]] || fail_validation "ssl_certificate and ssl_certificate_key are given together, or neither is"
  for name in SSL_CERTIFICATE SSL_CERTIFICATE_KEY; do
    input_path "$name"
    # nginx has no way to write a dollar in these two settings.
    [[ ${!name} != *\$* ]] || fail_validation "${name,,} is not valid: nginx takes a \$ in it for a variable"
    [[ -f ${!name} && -r ${!name} ]] || fail_validation "${name,,} is not valid: there is no file ${!name}"
  done
}

nginx_self_signed() { [[ $ENABLE_SSL == true && -z $SSL_CERTIFICATE ]]; }

# The name to call the site by: the first one without a wildcard, else one that the wildcard covers.
nginx_first_name() {
  local name names
  read -ra names <<<"$SERVER_NAME"
  for name in "${names[@]}"; do if [[ $name != *\** ]]; then printf '%s' "$name"; return 0; fi; done
  name=${names[0]/#\*./www.}
  printf '%s' "${name/%.\*/.test}"
}

nginx_url() {
  local host
  host=$(nginx_first_name)
  if [[ $host == _ ]]; then host=$(uname -n); fi
  case $ENABLE_SSL:$HTTP_PORT:$HTTPS_PORT in
    true:*:443) printf 'https://%s/' "$host" ;;
    true:*) printf 'https://%s:%s/' "$host" "$HTTPS_PORT" ;;
    false:80:*) printf 'http://%s/' "$host" ;;
    *) printf 'http://%s:%s/' "$host" "$HTTP_PORT" ;;
  esac
}

nginx_require_ports() {
  port_require_free "$HTTP_PORT" nginx
  if [[ $ENABLE_SSL == true ]]; then port_require_free "$HTTPS_PORT" nginx; fi
}

# --- files -------------------------------------------------------------------------------------------------------------

# nginx_quote TEXT: sets REPLY to one quoted word of nginx's configuration that stands for TEXT. A dollar would name a
# variable and has no escape, so it becomes a variable whose value is a dollar.
nginx_quote() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  # shellcheck disable=SC2016 # nginx's variable, not the shell's
  REPLY=\"${REPLY//\$/'${purvey_dollar}'}\"
}

_listen() { # PORT OPTIONS
  printf '    listen %s%s;\n' "$1" "$2"
  if [[ -e /proc/net/if_inet6 ]]; then printf '    listen [::]:%s%s;\n' "$1" "$2"; fi
}

# Prints the configuration of the site.
nginx_render_site() {
  local REPLY root certificate key port='' http2='' version
  one_line "${ADMIN_EMAIL:-nobody named}"
  printf '# Managed by Purvey: changes made here are lost at the next job. Contact: %s\n' "$REPLY"
  nginx_quote "$DOCUMENT_ROOT"
  root=$REPLY
  # shellcheck disable=SC2016 # nginx's variable, not the shell's
  if [[ $DOCUMENT_ROOT == *\$* ]]; then printf 'geo $purvey_dollar {\n    default "$";\n}\n'; fi
  printf 'server {\n'
  _listen "$HTTP_PORT" ''
  printf '    server_name %s;\n    server_tokens off;\n' "$SERVER_NAME"
  if [[ $ENABLE_SSL == true ]]; then
    nginx_quote "${SSL_CERTIFICATE:-$TLS_DIR/tls.crt}" && certificate=$REPLY
    nginx_quote "${SSL_CERTIFICATE_KEY:-$TLS_DIR/tls.key}" && key=$REPLY
    if [[ $HTTPS_PORT != 443 ]]; then port=:$HTTPS_PORT; fi
    # shellcheck disable=SC2016 # nginx's variables, not the shell's
    printf '    location ^~ /.well-known/acme-challenge/ {\n        root %s;\n    }\n    location / {\n        return 301 https://$host%s$request_uri;\n    }\n}\n' "$root" "$port"
    version=$(nginx -v 2>&1) version=${version##*/} version=${version%% *}
    # From 1.25.1 on HTTP/2 is a directive, before it was an option of listen.
    if [[ $(printf '%s\n' 1.25.1 "$version" | sort -V | head -n 1) != 1.25.1 ]]; then http2=' http2'; fi
    printf 'server {\n'
    _listen "$HTTPS_PORT" " ssl$http2"
    if [[ -z $http2 ]]; then printf '    http2 on;\n'; fi
    printf '    server_name %s;\n    server_tokens off;\n' "$SERVER_NAME"
    printf '    ssl_certificate %s;\n    ssl_certificate_key %s;\n' "$certificate" "$key"
    printf '    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_session_cache shared:purvey_site:2m;\n    ssl_session_timeout 1h;\n    ssl_session_tickets off;\n'
  fi
  printf '    root %s;\n    index index.html index.htm;\n    client_max_body_size %s;\n' "$root" "$CLIENT_MAX_BODY_SIZE"
  # shellcheck disable=SC2016 # nginx's variable, not the shell's
  printf '    add_header X-Content-Type-Options nosniff always;\n    location / {\n        try_files $uri $uri/ =404;\n    }\n    location ~ /\\.(?!well-known/) {\n        deny all;\n    }\n}\n'
}

# Prints the first page.
nginx_render_page() {
  local REPLY name contact=''
  html_escape "$SERVER_NAME" && name=$REPLY
  if [[ -n $ADMIN_EMAIL ]]; then
    one_line "$ADMIN_EMAIL"
    html_escape "$REPLY" && contact="<p>Contact: <a href=\"mailto:$REPLY\">$REPLY</a></p>"
  fi
  cat <<PAGE
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$name</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:18vh auto;padding:0 1.5rem;color:#1b2733}h1{overflow-wrap:anywhere}</style>
</head>
<body>
<h1>$name</h1>
<p>nginx serves this site. Replace this page with your own.</p>
$contact
</body>
</html>
PAGE
}

nginx_write_page() {
  local former
  own_dir "$DOCUMENT_ROOT"
  nginx_render_page | own_file "$DOCUMENT_ROOT/index.html"
  while IFS= read -r former; do
    if [[ $former != "$DOCUMENT_ROOT/index.html" && $former == */index.html ]]; then disown_file "$former"; fi
  done < <(owned_files)
}

# openssl's names for the host names, wildcards in the middle of a name left out, as no certificate can hold them.
_alt_names() {
  local name names list=()
  read -ra names <<<"$SERVER_NAME"
  for name in "${names[@]}"; do if [[ $name != _ && $name != *.\* ]]; then list+=("DNS:$name"); fi; done
  if ((${#list[@]} == 0)); then list=("DNS:$(uname -n)"); fi
  local IFS=,
  printf '%s' "${list[*]}"
}

nginx_write_certificate() {
  local names
  if ! nginx_self_signed; then
    if [[ $ENABLE_SSL == true ]]; then nginx_check_pair "$SSL_CERTIFICATE" "$SSL_CERTIFICATE_KEY"; fi
    remove_file "$TLS_DIR/tls.key"
    remove_file "$TLS_DIR/tls.crt"
    remove_file "$PURVEY_STATE_DIR/certificate-names"
    return 0
  fi
  names=$(_alt_names)
  if [[ -f $TLS_DIR/tls.key && $(state_get certificate-names) == "$names" ]] \
    && openssl x509 -noout -checkend "$RENEW_BEFORE_SECONDS" -in "$TLS_DIR/tls.crt" >/dev/null 2>&1; then
    return 0
  fi
  log_info "making a self-signed certificate for $names"
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days "$SELF_SIGNED_DAYS" \
    -subj "/O=Self-signed by Purvey" -addext "subjectAltName=$names" -addext "extendedKeyUsage=serverAuth" \
    -keyout "$TMPDIR/tls.key" -out "$TMPDIR/tls.crt" 2>/dev/null) || fail_config "openssl could not make a certificate for $names"
  own_dir "$TLS_DIR" 0755
  write_file "$TLS_DIR/tls.key" 0600 <"$TMPDIR/tls.key"
  write_file "$TLS_DIR/tls.crt" 0644 <"$TMPDIR/tls.crt"
  printf '%s\n' "$names" | write_file "$PURVEY_STATE_DIR/certificate-names" 0600
}

# nginx_check_pair CERTIFICATE KEY: they can be read without a pass phrase and belong together.
nginx_check_pair() {
  local of_certificate of_key
  of_certificate=$(openssl x509 -noout -pubkey -in "$1" 2>/dev/null) || fail_validation "ssl_certificate is not valid: no certificate in PEM form in $1"
  of_key=$(openssl pkey -pubout -passin pass: -in "$2" 2>/dev/null) || fail_validation "ssl_certificate_key is not valid: no PEM key without a pass phrase in $2"
  [[ $of_certificate == "$of_key" ]] || fail_validation "ssl_certificate_key is not the key of ssl_certificate"
  openssl x509 -noout -checkend 0 -in "$1" >/dev/null || log_warn "the certificate in $1 has expired"
}

nginx_certificate_sha256() {
  local line
  line=$(openssl x509 -noout -fingerprint -sha256 "$@")
  line=${line#*=}
  printf '%s' "${line//:/}"
}

# Debian's welcome page answers for every host name. It goes once, and only when nginx came with this install and the
# page's configuration is as the package made it.
nginx_disable_default_site() {
  local target=/etc/nginx/sites-available/default packaged fate=kept
  if state_has default-site || ! apt_owned nginx-common; then return 0; fi
  if [[ -L $DEFAULT_SITE && $(readlink -f "$DEFAULT_SITE") == "$target" ]]; then
    packaged=$(dpkg-query -W -f='${Conffiles}\n' nginx-common | awk -v f="$target" '$1 == f { print $2 }')
    if [[ $(md5sum <"$target") == "$packaged "* ]]; then remove_file "$DEFAULT_SITE" && fate=removed; fi
  fi
  printf '%s\n' "$fate" | write_file "$PURVEY_STATE_DIR/default-site" 0600
}

# nginx_purge: the packages that came with this install, and the welcome page that they put beside them.
nginx_purge() {
  local page=/var/www/html/index.nginx-debian.html
  if cmp -s -- "$page" /usr/share/nginx/html/index.html; then remove_file "$page"; fi
  apt_purge_owned
}

# --- settings that can only stand in the main file ---------------------------------------------------------------------

# nginx_main_get NAME [FILE]: the value of a directive in nginx.conf, nothing when it is not there.
nginx_main_get() {
  awk -v name="$1" '
    { code = $0; sub(/#.*/, "", code) }
    match(code, "(^|[ \t{;])" name "[ \t]+[^;]+;") {
      text = substr(code, RSTART, RLENGTH - 1); sub(/^.*[ \t]/, "", text); print text; exit
    }' "${2:-$MAIN_CONF}"
}

# _main_print NAME VALUE FILE: FILE with the directive set, or taken out for an empty VALUE.
_main_print() {
  awk -v name="$1" -v value="$2" -v found="$(nginx_main_get "$1" "$3")" '
    { code = $0; sub(/#.*/, "", code) }
    !done && found != "" && match(code, "(^|[ \t{;])" name "[ \t]+[^;]+;") {
      done = 1; lead = substr(code, RSTART, 1)
      if (lead !~ /[ \t{;]/) lead = ""
      $0 = substr($0, 1, RSTART - 1) lead (value == "" ? "" : name " " value ";") substr($0, RSTART + RLENGTH)
      if (value == "" && $0 ~ /^[ \t]*$/) next
    }
    !done && found == "" && value != "" && name != "worker_connections" && code !~ /^[ \t]*$/ { done = 1; print name " " value ";" }
    !done && found == "" && value != "" && name == "worker_connections" && match(code, /(^|[ \t}])events[ \t]*\{/) {
      done = 1; $0 = substr($0, 1, RSTART + RLENGTH - 1) "\n\t" name " " value ";" substr($0, RSTART + RLENGTH)
    }
    { print }' "$3"
}

# nginx_tune: the settings of the main file are as the inputs say. What stood there before the first change, and what was
# set, is kept for the day of the uninstall.
nginx_tune() {
  # Each connection can hold a socket and a file open.
  local i name value current wanted=(worker_processes "$WORKER_PROCESSES" worker_connections "$WORKER_CONNECTIONS" worker_rlimit_nofile "$((WORKER_CONNECTIONS * 2))")
  cat -- "$MAIN_CONF" >"$TMPDIR/nginx.conf"
  for ((i = 0; i < ${#wanted[@]}; i += 2)); do
    name=${wanted[i]} value=${wanted[i + 1]}
    current=$(nginx_main_get "$name")
    # Somebody who raised the limit of open files themselves keeps it.
    if [[ $name == worker_rlimit_nofile && $current =~ ^[0-9]{1,9}$ ]] && ! state_has "set-$name" && ((current >= value)); then continue; fi
    if ! state_has "main-$name"; then printf '%s\n' "$current" | write_file "$PURVEY_STATE_DIR/main-$name" 0600; fi
    printf '%s\n' "$value" | write_file "$PURVEY_STATE_DIR/set-$name" 0600
    if [[ $current != "$value" ]]; then _main_edit "$name" "$value"; fi
  done
  _main_write
}

_main_edit() { # NAME VALUE
  _main_print "$1" "$2" "$TMPDIR/nginx.conf" >"$TMPDIR/nginx.conf.new"
  mv -f -- "$TMPDIR/nginx.conf.new" "$TMPDIR/nginx.conf"
  [[ $(nginx_main_get "$1" "$TMPDIR/nginx.conf") == "$2" ]] || fail_config "$MAIN_CONF has no place for $1"
}

_main_write() {
  local path
  path=$(readlink -f "$MAIN_CONF")
  write_file "$path" "$(stat -c %04a -- "$path")" <"$TMPDIR/nginx.conf"
}

# Puts the main file back as it was before this install, but for what somebody else has changed since.
nginx_untune() {
  local name
  cat -- "$MAIN_CONF" >"$TMPDIR/nginx.conf"
  for name in worker_processes worker_connections worker_rlimit_nofile; do
    if state_has "main-$name" && [[ $(nginx_main_get "$name") == "$(state_get "set-$name")" ]]; then
      _main_edit "$name" "$(state_get "main-$name")"
    fi
  done
  _main_write
}

# --- the service -------------------------------------------------------------------------------------------------------

# nginx_test: the whole configuration is valid, and the site's name is not one that another site answers to already.
nginx_test() {
  local said name names
  if ! said=$(nginx -t 2>&1); then
    log_error "nginx refuses the configuration:"
    printf '%s\n' "$said" >&2
    return 1
  fi
  read -ra names <<<"${SERVER_NAME:-}"
  for name in "${names[@]}"; do
    if [[ $said == *"conflicting server name \"$name\""* ]]; then
      log_error "another site on this server has the name $name on the same port"
      return 1
    fi
  done
}

_workers() {
  local master
  master=$(systemctl show --property MainPID --value nginx)
  cat "/proc/$master/task/$master/children" 2>/dev/null || true
}

# The reload is over: there are new workers, and those of before (`$1`) take no more connections.
_reloaded() {
  local worker fresh=''
  for worker in $(_workers); do
    if [[ $1 != *" $worker "* ]]; then fresh=yes; continue; fi
    grep -aq 'shutting down' "/proc/$worker/cmdline" 2>/dev/null || [[ ! -e /proc/$worker ]] || return 1
  done
  [[ -n $fresh ]]
}

# nginx says nothing to whoever asked when it cannot follow a reload, for example because a port is taken: so look.
nginx_reload() {
  local before i
  before=" $(_workers) "
  log_info "reloading nginx"
  systemctl reload nginx || return 1
  for ((i = 0; i < 200; i++)); do
    if _reloaded "$before"; then return 0; fi
    sleep 0.05
  done
  log_error "nginx did not take the new configuration over:"
  tail -n 5 /var/log/nginx/error.log >&2 || true
  return 1
}

NGINX_WAS_ACTIVE='' NGINX_LOADED=''

# nginx_load: the service runs with what is on disk; a service that does so already is left alone.
nginx_load() {
  NGINX_LOADED=yes
  if [[ -z $NGINX_WAS_ACTIVE ]]; then
    service_release nginx
    service_start nginx
  elif txn_changed; then
    nginx_reload
  else
    log_info "nothing has changed: nginx goes on as it is"
  fi
}

# After a roll-back the service must run with the former files again.
nginx_unload() {
  [[ -n $NGINX_LOADED ]] || return 0
  if [[ -z $NGINX_WAS_ACTIVE ]]; then systemctl stop nginx; else nginx_reload; fi
}

# nginx_fetch: the site answers as it should. Sets REPLY to the complaint otherwise.
nginx_fetch() {
  local host status port=$HTTP_PORT scheme=http args
  host=$(nginx_first_name)
  args=(--silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 10 --noproxy '*')
  if [[ $ENABLE_SSL == true ]]; then
    status=$(curl "${args[@]}" --header "Host: $host" "http://127.0.0.1:$HTTP_PORT/" 2>&1) || true
    if [[ $status != 301 ]]; then REPLY="HTTP on port $HTTP_PORT does not send visitors to HTTPS: $status"; return 1; fi
    # The address is this machine's own, so what matters is that it answers; the certificate is compared by verify.sh.
    scheme=https port=$HTTPS_PORT args+=(--insecure)
  fi
  status=$(curl "${args[@]}" --connect-to "::127.0.0.1:$port" "$scheme://$host:$port/" 2>&1) || true
  if [[ $status == 200 || ($status == 40[34] && ! -f $DOCUMENT_ROOT/index.html) ]]; then return 0; fi
  REPLY="the site does not answer on port $port: $status"
  return 1
}

# nginx_check_served_certificate: the certificate that nginx hands out is the one on disk.
nginx_check_served_certificate() {
  local served on_disk
  on_disk=$(nginx_certificate_sha256 -in "${SSL_CERTIFICATE:-$TLS_DIR/tls.crt}")
  served=$(openssl s_client -connect "127.0.0.1:$HTTPS_PORT" -servername "$(nginx_first_name)" </dev/null 2>/dev/null | nginx_certificate_sha256) \
    || fail_config "no certificate comes from port $HTTPS_PORT"
  [[ $served == "$on_disk" ]] || fail_config "nginx hands out another certificate than the one on disk"
  openssl x509 -noout -checkend 0 -in "${SSL_CERTIFICATE:-$TLS_DIR/tls.crt}" >/dev/null || fail_config "the certificate has expired"
}

# --- the way out -------------------------------------------------------------------------------------------------------

# nginx_has_other_sites: somebody else put sites of their own into this nginx.
nginx_has_other_sites() {
  local file
  for file in /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/*; do
    [[ -e $file ]] || continue
    if [[ $file != "$SITE_CONF" && $file != "$DEFAULT_SITE" ]]; then log_warn "nginx stays: $file uses it"; return 0; fi
  done
  return 1
}

# Gives Debian's welcome page back to an nginx that stays.
nginx_enable_default_site() {
  if [[ $(state_get default-site) == removed && -f /etc/nginx/sites-available/default && ! -e $DEFAULT_SITE && ! -L $DEFAULT_SITE ]]; then
    txn_touch "$DEFAULT_SITE"
    ln -s /etc/nginx/sites-available/default "$DEFAULT_SITE"
  fi
}

# nginx_leave: an nginx that stays runs on without this site and with the settings of before.
nginx_leave() {
  nginx_untune
  nginx_enable_default_site
  nginx_test || return 1
  if [[ -n $NGINX_WAS_ACTIVE ]]; then nginx_reload; fi
}

nginx_forget() {
  local name
  for name in packages needs made pending certificate-names default-site {main,set}-worker_{processes,connections,rlimit_nofile}; do state_del "$name"; done
}
