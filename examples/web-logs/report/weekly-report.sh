#!/usr/bin/env bash
# Reports a week of web-server access logs: report.html and report.txt to read, numbers.tsv for the next week.
# Usage: weekly-report.sh FIRST_DAY ARCHIVE_DIR LAST_REPORT_DIR OUTPUT_DIR
# Needs bash, awk, sort and gzip. LAST_REPORT_DIR may be empty: then there is nothing to compare with.
set -euo pipefail
export LC_ALL=C

first_day=${1:?the first day of the week, YYYY-MM-DD}
archive=${2:?the folder with the archived logs of the week}
last_report=${3:?the folder with the report of the week before}
output=${4:?the folder for the report}
here=$(cd "$(dirname "$0")" && pwd)

if [[ ! $first_day =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]]; then
  echo "first day \"$first_day\": expected YYYY-MM-DD" >&2
  exit 2
fi
shopt -s nullglob
logs=("$archive"/access-*.log.gz)
if ((${#logs[@]} == 0)); then
  echo "no access-*.log.gz in $archive" >&2
  exit 1
fi

mkdir -p "$output"
site=${WEB_SITE:-www.fernhill-seeds.example}
gzip -dc "${logs[@]}" | awk -v own_site="$site" -f "$here/count.awk" |
  sort -t $'\t' -k1,1 -k3,3nr -k2,2 >"$output/numbers.tsv"

before=$last_report/numbers.tsv
[[ -s $before ]] || before=/dev/null

render() { # FORM: text or html
  awk -v first_day="$first_day" -f "$here/lib.awk" -f "$here/$1.awk" which=before "$before" which=now "$output/numbers.tsv"
}
render text >"$output/report.txt"
{
  echo '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
  echo "<title>Web traffic, week of $first_day</title><style>"
  cat "$here/style.css"
  echo '</style><body>'
  render html
  echo '</body></html>'
} >"$output/report.html"

echo "${#logs[@]} days of logs from $first_day"
cat "$output/report.txt"
