# shellcheck shell=bash
# Inputs are checked once more: a script may be run by hand. Each function names the input as the manifest does, and ends
# the script with 1 and a message when the value cannot work.

# input_match NAME REGEX HINT: the input must be there and match as a whole.
input_match() {
  [[ -n ${!1:-} ]] || fail_validation "${1,,} is not set"
  # LC_ALL=C keeps [a-z] and [[:alnum:]] to ASCII.
  local LC_ALL=C
  [[ ${!1} =~ ^($2)$ ]] || fail_validation "${1,,} is not valid: $3"
}

# input_port NAME: a TCP port in decimal.
input_port() {
  input_match "$1" '[1-9][0-9]{0,4}' "a port is a number from 1 to 65535"
  ((${!1} <= 65535)) || fail_validation "${1,,} is not valid: a port is a number from 1 to 65535"
}

# input_integer NAME MIN MAX
input_integer() {
  input_match "$1" '0|[1-9][0-9]{0,8}' "it is a number from $2 to $3"
  ((${!1} >= $2 && ${!1} <= $3)) || fail_validation "${1,,} is not valid: it is a number from $2 to $3"
}

# input_bool NAME: true or false.
input_bool() { input_match "$1" 'true|false' "it is true or false"; }

# input_path NAME: absolute, without control characters; anything else is taken as it is.
input_path() {
  [[ -n ${!1:-} ]] || fail_validation "${1,,} is not set"
  [[ ${!1} == /* ]] || fail_validation "${1,,} is not valid: the path must begin with /"
  [[ ! ${!1} =~ [[:cntrl:]] ]] || fail_validation "${1,,} is not valid: it has a control character"
  local value=${!1}
  ((${#value} <= 1024)) || fail_validation "${1,,} is not valid: it is too long"
}

# input_choice NAME WORD...: one of the words.
input_choice() {
  local name=$1 word
  shift
  for word; do if [[ ${!name:-} == "$word" ]]; then return 0; fi; done
  fail_validation "${name,,} is not valid: it is one of $*"
}

# input_line NAME MAX: any text of one line with at most MAX characters.
input_line() {
  local value=${!1:-}
  [[ -n $value ]] || fail_validation "${1,,} is not set"
  [[ ! $value =~ [[:cntrl:]] ]] || fail_validation "${1,,} is not valid: it has a control character"
  ((${#value} <= $2)) || fail_validation "${1,,} is not valid: it is longer than $2 characters"
}

# input_folder NAME: a path that an app may fill. The variable becomes the path without `.`, `..` and doubled slashes.
# Links stay in it, so that a deployment that switches one is followed; they do not lead past the check.
input_folder() {
  local -n _folder=$1
  local resolved
  input_path "$1"
  _folder=$(realpath -ms -- "$_folder")
  resolved=$(realpath -m -- "$_folder")
  case ${resolved%/}/ in
    / | /usr/ | /var/ | /var/lib/ | /home/ | /bin/* | /boot/* | /dev/* | /etc/* | /lib*/* | /proc/* | /root/* | /run/* | /sbin/* | /sys/* | \
      /usr/bin/* | /usr/lib*/* | /usr/sbin/* | /var/lib/purvey/* | /var/lib/dpkg/* | /var/log/*)
      fail_validation "${1,,} is not valid: $_folder belongs to the system" ;;
  esac
  if [[ -e $_folder && ! -d $_folder ]]; then fail_validation "${1,,} is not valid: $_folder is not a folder"; fi
}
