# shellcheck shell=bash
# What install.sh, verify.sh and uninstall.sh share: the inputs, and where things are.

NAMES=() # filled from SERVER_NAME
readonly SITE_CONF=/etc/nginx/conf.d/purvey-site.conf TLS_DIR=/etc/nginx/purvey DEFAULT_SITE=/etc/nginx/sites-enabled/default

# shellcheck source=main-conf.sh
. ./main-conf.sh
# shellcheck source=running.sh
. ./running.sh
# shellcheck source=default-site.sh
. ./default-site.sh

nginx_read_inputs() {
  : "${HTTP_PORT:=80}" "${ENABLE_SSL:=false}" "${DOCUMENT_ROOT:=/var/www/site}" "${CLIENT_MAX_BODY_SIZE:=16m}"
  : "${WORKER_PROCESSES:=auto}" "${WORKER_CONNECTIONS:=1024}" "${ADMIN_EMAIL:=}"
  : "${HTTPS_PORT:=443}" "${SSL_CERTIFICATE:=}" "${SSL_CERTIFICATE_KEY:=}"
  local name='(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*(\.\*)?'
  input_match SERVER_NAME "$name( $name)*" "it is a host name, or several separated by single spaces"
  input_port HTTP_PORT
  input_bool ENABLE_SSL
  input_match CLIENT_MAX_BODY_SIZE '(0|[1-9][0-9]{0,8}[kKmMgG]?)' "it is a number of bytes, such as 500k or 16m"
  input_match WORKER_PROCESSES '(auto|[1-9][0-9]{0,2})' "it is auto or a number"
  input_integer WORKER_CONNECTIONS 64 65535
  input_folder DOCUMENT_ROOT
  one_line "$ADMIN_EMAIL" && ADMIN_EMAIL=$REPLY
  read -ra NAMES <<<"$SERVER_NAME"
  CERTIFICATE=${SSL_CERTIFICATE:-$TLS_DIR/tls.crt} CERTIFICATE_KEY=${SSL_CERTIFICATE_KEY:-$TLS_DIR/tls.key}
  OPENINGS=("$HTTP_PORT/tcp")
  if [[ $ENABLE_SSL == false ]]; then return 0; fi
  OPENINGS+=("$HTTPS_PORT/tcp")
  input_port HTTPS_PORT
  [[ $HTTPS_PORT != "$HTTP_PORT" ]] || fail_validation "http_port and https_port are both $HTTP_PORT"
  [[ -n $SSL_CERTIFICATE || -z $SSL_CERTIFICATE_KEY ]] || fail_validation "ssl_certificate and ssl_certificate_key are given together, or neither is"
  [[ -z $SSL_CERTIFICATE || -n $SSL_CERTIFICATE_KEY ]] || fail_validation "ssl_certificate and ssl_certificate_key are given together, or neither is"
  if [[ -n $SSL_CERTIFICATE ]]; then nginx_check_pair; fi
}

nginx_check_pair() {
  input_path SSL_CERTIFICATE
  input_path SSL_CERTIFICATE_KEY
  # nginx has no way to write a dollar in these two settings.
  [[ $SSL_CERTIFICATE != *\$* ]] || fail_validation "ssl_certificate is not valid: nginx takes a \$ in it for a variable"
  [[ $SSL_CERTIFICATE_KEY != *\$* ]] || fail_validation "ssl_certificate_key is not valid: nginx takes a \$ in it for a variable"
  input_tls_pair SSL_CERTIFICATE SSL_CERTIFICATE_KEY
}

# The name to call the site by: the first one without a wildcard, else one that the wildcard covers.
nginx_first_name() {
  local name
  for name in "${NAMES[@]}"; do if [[ $name != *\** ]]; then printf '%s' "$name"; return 0; fi; done
  name=${NAMES[0]/#\*./www.}
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

# Prints the configuration of the site.
nginx_render_site() {
  local version dollar='' ipv6='' http2='' shown_port=''
  if [[ $DOCUMENT_ROOT == *\$* ]]; then dollar=yes; fi
  if [[ -e /proc/net/if_inet6 ]]; then ipv6=yes; fi
  if [[ $HTTPS_PORT != 443 ]]; then shown_port=:$HTTPS_PORT; fi
  version=$(nginx -v 2>&1) version=${version##*/} version=${version%% *}
  # From 1.25.1 on HTTP/2 is a directive, before it was an option of listen.
  if [[ $(printf '%s\n' 1.25.1 "$version" | sort -V | head -n 1) != 1.25.1 ]]; then http2=' http2'; fi
  render site.conf.in CONTACT="${ADMIN_EMAIL:-nobody named}" ROOT_HAS_DOLLAR="$dollar" HAS_IPV6="$ipv6" SHOWN_PORT="$shown_port" \
    HTTP2_OPTION="$http2" CERTIFICATE="$CERTIFICATE" CERTIFICATE_KEY="$CERTIFICATE_KEY"
}
