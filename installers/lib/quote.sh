# shellcheck shell=bash
# Text as data in other languages. Each function quote_LANGUAGE TEXT sets REPLY to what stands for exactly TEXT there,
# quotes included; setting REPLY costs no process. `render` puts them into templates.

# quote_shell: one word of sh.
quote_shell() { REPLY=\'${1//\'/\'\\\'\'}\'; }

# quote_html: text, or the inside of a quoted attribute.
quote_html() {
  REPLY=${1//&/&amp;}
  REPLY=${REPLY//</&lt;}
  REPLY=${REPLY//>/&gt;}
  REPLY=${REPLY//\"/&quot;}
  REPLY=${REPLY//\'/&#39;}
}

# quote_nginx: one word of nginx's configuration. A dollar would name a variable and has no escape, so it becomes a
# variable whose value is a dollar: write `geo $purvey_dollar { default "$"; }` beside it.
quote_nginx() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=${REPLY//$'\n'/\\n}
  # shellcheck disable=SC2016 # nginx's variable, not the shell's
  REPLY=\"${REPLY//\$/'${purvey_dollar}'}\"
}

# quote_sql, quote_sql_name: a string and a name of standard SQL, as PostgreSQL and SQLite read them.
quote_sql() { REPLY=\'${1//\'/\'\'}\'; }
quote_sql_name() { REPLY=\"${1//\"/\"\"}\"; }

# quote_mysql, quote_mysql_name: a string and a name of MariaDB and MySQL (sql_mode without NO_BACKSLASH_ESCAPES).
quote_mysql() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\'/\\\'}
  REPLY=${REPLY//$'\n'/\\n}
  REPLY=\'${REPLY//$'\r'/\\r}\'
}
quote_mysql_name() { REPLY=\`${1//\`/\`\`}\`; }

# quote_mysql_like, quote_mysql_name_like: the same where % and _ would be wildcards: after LIKE, and of a database in GRANT.
quote_mysql_like() { _like "$1" && quote_mysql "$REPLY"; }
quote_mysql_name_like() { _like "$1" && quote_mysql_name "$REPLY"; }
_like() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//%/\\%}
  REPLY=${REPLY//_/\\_}
}

# quote_ini: a value in the option files of MariaDB and MySQL (my.cnf).
quote_ini() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=${REPLY//$'\n'/\\n}
  REPLY=${REPLY//$'\r'/\\r}
  REPLY=\"${REPLY//$'\t'/\\t}\"
}

# quote_json, quote_yaml: a string of JSON is a double-quoted scalar of YAML and a basic string of TOML too, when all
# that is not printable is escaped.
quote_json() {
  local i char text=${1//\\/\\\\} LC_ALL=C.UTF-8
  text=${text//\"/\\\"}
  if [[ $text == *[![:print:]]* ]]; then
    REPLY=''
    for ((i = 0; i < ${#text}; i++)); do
      char=${text:i:1}
      if [[ $char != [[:print:]] ]]; then _json_escape "$char"; fi
      REPLY+=$char
    done
    text=$REPLY
  fi
  REPLY=\"$text\"
}
_json_escape() { # CHARACTER, into the caller's `char`
  local code
  printf -v code %d "'$1"
  if ((code > 0xFFFF)); then
    printf -v char '\\u%04X\\u%04X' $((0xD800 + ((code - 0x10000) >> 10))) $((0xDC00 + ((code - 0x10000) & 0x3FF)))
  else
    printf -v char '\\u%04X' "$code"
  fi
}
quote_yaml() { quote_json "$1"; }

# quote_json_list: the lines of a text, but for empty ones, as a list of strings.
quote_json_list() {
  local item list=''
  while IFS= read -r item; do
    if [[ -n $item ]]; then quote_json "$item" && list+=${list:+, }$REPLY; fi
  done <<<"$1"
  REPLY="[$list]"
}

# quote_systemd: one word of a setting in a unit, such as Environment=; quote_systemd_exec: of ExecStart= and its like.
quote_systemd() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=${REPLY//%/%%}
  REPLY=${REPLY//$'\n'/\\n}
  REPLY=\"${REPLY//$'\t'/\\t}\"
}
quote_systemd_exec() {
  quote_systemd "$1"
  REPLY=${REPLY//\$/\$\$}
}

# quote_url: a part of a path, or a value in a query.
quote_url() {
  local i char out='' LC_ALL=C
  for ((i = 0; i < ${#1}; i++)); do
    char=${1:i:1}
    if [[ $char != [A-Za-z0-9._~-] ]]; then printf -v char '%%%02X' $(($(printf %d "'$char") & 0xFF)); fi
    out+=$char
  done
  REPLY=$out
}

# quote_line: the text of a comment; control characters become spaces.
quote_line() { one_line "$1"; }

# quote_word: as it is, where that is harmless in any language: a number, a name, a size. Anything else is an error.
quote_word() {
  local LC_ALL=C
  [[ $1 =~ ^[A-Za-z0-9._:@%+/*-]*$ ]] || fail_config "this cannot stand in a configuration without quotes: ${1@Q}"
  REPLY=$1
}

# --- templates ---------------------------------------------------------------------------------------------------------

# render FILE [NAME=VALUE...]: prints the template, of standard input if FILE is -, with its placeholders filled from these
# values and from the variables of the script:
#   {{html TITLE}}                            the value of TITLE through quote_html; any quote_ function will do
#   {{if NAME}}   {{if not NAME}}             on lines of their own: NAME has a value other than false,
#   {{if NAME=WORD}}   {{else}}   {{end}}     or has not, or has this value
# A placeholder that cannot be filled ends the script, so that no half-made file is ever written.
render() {
  local _file=$1 _line _out _head _number=0 _open=() REPLY
  shift
  if [[ $_file == - ]]; then _file=/dev/stdin; fi
  for _line; do local "${_line%%=*}=${_line#*=}"; done
  while IFS= read -r _line || [[ -n $_line ]]; do
    _number=$((_number + 1))
    if [[ $_line =~ ^[[:space:]]*\{\{(if|else|end)(\ [^{}]*)?\}\}[[:space:]]*$ ]]; then
      _render_branch "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]# }"
      continue
    fi
    if [[ ${_open[*]} == *no* ]]; then continue; fi
    _out=''
    while [[ $_line == *'{{'* ]]; do
      _head=${_line%%'{{'*} _line=${_line#*'{{'}
      [[ $_line =~ ^([a-z_]+)\ ([A-Za-z_][A-Za-z0-9_]*)\}\} ]] || fail_config "$_file:$_number: this is no placeholder: {{$_line"
      _line=${_line#*'}}'}
      declare -F "quote_${BASH_REMATCH[1]}" >/dev/null || fail_config "$_file:$_number: there is no quoting named ${BASH_REMATCH[1]}"
      [[ -v ${BASH_REMATCH[2]} ]] || fail_config "$_file:$_number: ${BASH_REMATCH[2]} is not set"
      "quote_${BASH_REMATCH[1]}" "${!BASH_REMATCH[2]}"
      _out+=$_head$REPLY
    done
    printf '%s\n' "$_out$_line"
  done <"$_file"
  ((${#_open[@]} == 0)) || fail_config "$_file: an {{if}} has no {{end}}"
}

_render_branch() { # WORD CONDITION, with the variables of render
  local name value answer=yes
  case $1 in
    if)
      name=${2#not } value=${name#*=}
      name=${name%%=*}
      [[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || fail_config "$_file:$_number: this is no condition: $2"
      if [[ ${2#not } == *=* ]]; then
        [[ ${!name:-} == "$value" ]] || answer=no
      else
        [[ -n ${!name:-} && ${!name} != false ]] || answer=no
      fi
      if [[ $2 == 'not '* ]]; then if [[ $answer == yes ]]; then answer=no; else answer=yes; fi; fi
      _open+=("$answer")
      return 0 ;;
  esac
  ((${#_open[@]})) || fail_config "$_file:$_number: there is no {{if}} before this {{$1}}"
  case $1:${_open[-1]} in
    end:*) unset '_open[-1]' ;;
    else:yes) _open[-1]=no ;;
    else:no) _open[-1]=yes ;;
  esac
}
