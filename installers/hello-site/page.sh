# shellcheck shell=bash
# The page, and where it lies.

# shellcheck disable=SC2034 # for the scripts that source this
readonly PAGE=$PURVEY_STATE_DIR/site/index.html

page_read_inputs() {
  : "${TITLE:=Hello}" "${MESSAGE:=This page was put here by a signed job.}" "${AUTHOR:=}"
  ((${#TITLE} <= 120)) || fail_validation "title is not valid: it is longer than 120 characters"
  ((${#MESSAGE} <= 4000)) || fail_validation "message is not valid: it is longer than 4000 characters"
  ((${#AUTHOR} <= 120)) || fail_validation "author is not valid: it is longer than 120 characters"
  one_line "$TITLE" && TITLE=$REPLY
  one_line "$AUTHOR" && AUTHOR=$REPLY
}

# For the template: text with empty lines between its paragraphs.
quote_paragraphs() {
  quote_html "${1//$'\r'/}"
  REPLY="<p>${REPLY//$'\n\n'/</p>$'\n'<p>}</p>"
}

page_render() { render page.html.in; }
