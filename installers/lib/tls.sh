# shellcheck shell=bash
# Certificates. Needs the package openssl.

SELF_SIGNED_DAYS=${SELF_SIGNED_DAYS:-825} RENEW_BEFORE_DAYS=${RENEW_BEFORE_DAYS:-30}

# tls_names HOST...: sets REPLY to openssl's form of the names that a certificate can hold; this host's where there is none.
tls_names() {
  local name list=()
  for name; do if [[ $name != _ && $name != *.\* ]]; then list+=("DNS:$name"); fi; done
  if ((${#list[@]} == 0)); then list=("DNS:$(uname -n)"); fi
  printf -v REPLY '%s, ' "${list[@]}"
  REPLY=${REPLY%, }
}

# tls_self_signed FOLDER HOST...: FOLDER/tls.key and FOLDER/tls.crt, made anew when the names change or the end is near.
tls_self_signed() {
  local folder=$1 REPLY names
  shift
  tls_names "$@" && names=$REPLY
  if [[ -f $folder/tls.key && $(openssl x509 -noout -ext subjectAltName -in "$folder/tls.crt" 2>/dev/null | sed -n '2s/^ *//p') == "$names" ]] \
    && openssl x509 -noout -checkend "$((RENEW_BEFORE_DAYS * 86400))" -in "$folder/tls.crt" >/dev/null 2>&1; then
    return 0
  fi
  log_info "making a self-signed certificate for $names"
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days "$SELF_SIGNED_DAYS" \
    -subj "/O=Self-signed by Purvey" -addext "subjectAltName=${names// /}" -addext "extendedKeyUsage=serverAuth" \
    -keyout "$TMPDIR/tls.key" -out "$TMPDIR/tls.crt" 2>/dev/null) || fail_config "openssl could not make a certificate for $names"
  own_dir "$folder" 0755
  write_file "$folder/tls.key" 0600 <"$TMPDIR/tls.key"
  write_file "$folder/tls.crt" 0644 <"$TMPDIR/tls.crt"
}

# tls_remove FOLDER: removes what tls_self_signed made.
tls_remove() {
  remove_file "$1/tls.key"
  remove_file "$1/tls.crt"
}

# input_tls_pair CERTIFICATE KEY: the inputs of these names hold the paths of PEM files that belong together and need no
# pass phrase.
input_tls_pair() {
  local name of_certificate of_key
  for name; do [[ -f ${!name} && -r ${!name} ]] || fail_validation "${name,,} is not valid: there is no file ${!name}"; done
  # Without openssl, which may come later in the same run, there is nothing more to be said.
  command -v openssl >/dev/null || return 0
  of_certificate=$(openssl x509 -noout -pubkey -in "${!1}" 2>/dev/null) || fail_validation "${1,,} is not valid: no certificate in PEM form in ${!1}"
  of_key=$(openssl pkey -pubout -passin pass: -in "${!2}" 2>/dev/null) || fail_validation "${2,,} is not valid: no PEM key without a pass phrase in ${!2}"
  [[ $of_certificate == "$of_key" ]] || fail_validation "${2,,} is not the key of ${1,,}"
  openssl x509 -noout -checkend 0 -in "${!1}" >/dev/null || log_warn "the certificate in ${!1} has expired"
}

# tls_fingerprint FILE: prints the SHA-256 of a certificate; from standard input without FILE.
tls_fingerprint() {
  local line
  line=$(openssl x509 -noout -fingerprint -sha256 ${1:+-in "$1"})
  line=${line#*=}
  printf '%s' "${line//:/}"
}

# tls_served PORT HOST FILE: this host hands out the certificate in FILE there, and it has not expired.
tls_served() {
  local served
  served=$(openssl s_client -connect "127.0.0.1:$1" -servername "$2" </dev/null 2>/dev/null | tls_fingerprint) \
    || fail_config "no certificate comes from port $1"
  [[ $served == "$(tls_fingerprint "$3")" ]] || fail_config "port $1 hands out another certificate than the one in $3"
  openssl x509 -noout -checkend 0 -in "$3" >/dev/null || fail_config "the certificate in $3 has expired"
}
