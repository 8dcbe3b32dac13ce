# shellcheck shell=bash
# nginx at work: its test of the configuration, a reload that is known to have happened, and the page as a visitor sees it.

# nginx_test: the whole configuration is valid, and the site's name is not one that another site answers to already.
nginx_test() {
  local said name
  if ! said=$(nginx -t 2>&1); then
    log_error "nginx refuses the configuration:"
    printf '%s\n' "$said" >&2
    return 1
  fi
  for name in "${NAMES[@]}"; do
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

# nginx_fetch: the site answers as it should.
nginx_fetch() {
  local host status port=$HTTP_PORT scheme=http args
  host=$(nginx_first_name)
  args=(--silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 10 --noproxy '*')
  if [[ $ENABLE_SSL == true ]]; then
    status=$(curl "${args[@]}" --header "Host: $host" "http://127.0.0.1:$HTTP_PORT/" 2>&1) || true
    [[ $status == 301 ]] || fail_config "HTTP on port $HTTP_PORT does not send visitors to HTTPS: $status"
    # The address is this machine's own, so what matters is that it answers; verify.sh compares the certificate.
    scheme=https port=$HTTPS_PORT args+=(--insecure)
  fi
  status=$(curl "${args[@]}" --connect-to "::127.0.0.1:$port" "$scheme://$host:$port/" 2>&1) || true
  if [[ $status == 200 || ($status == 40[34] && ! -f $DOCUMENT_ROOT/index.html) ]]; then return 0; fi
  fail_config "the site does not answer on port $port: $status"
}
