# shellcheck shell=bash
# The page, and where it lies.

# shellcheck disable=SC2034 # for the scripts that source this
readonly PAGE=$PURVEY_STATE_DIR/site/index.html

page_read_inputs() {
  : "${TITLE:=Hello}" "${MESSAGE:=This page was put here by a signed job.}" "${AUTHOR:=}"
  ((${#TITLE} <= 120)) || fail_validation "title is not valid: it is longer than 120 characters"
  ((${#MESSAGE} <= 4000)) || fail_validation "message is not valid: it is longer than 4000 characters"
  ((${#AUTHOR} <= 120)) || fail_validation "author is not valid: it is longer than 120 characters"
}

page_render() {
  local REPLY title message author=''
  one_line "$TITLE" && html_escape "$REPLY" && title=$REPLY
  html_escape "${MESSAGE//$'\r'/}" && message=${REPLY//$'\n\n'/</p>$'\n'<p>}
  if [[ -n $AUTHOR ]]; then
    one_line "$AUTHOR" && html_escape "$REPLY" && author="<footer>$REPLY</footer>"
  fi
  cat <<HTML
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:18vh auto;padding:0 1.5rem;color:#1b2733}p{overflow-wrap:anywhere}</style>
</head>
<body>
<h1>$title</h1>
<p>$message</p>
$author
</body>
</html>
HTML
}
