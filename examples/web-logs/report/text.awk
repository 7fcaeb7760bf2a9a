# The report as plain text, for mail and terminals.

BEGIN { FS = "\t" }
{ remember(which, $1, $2, $3) }
END {
  title = "Web traffic of " week_name(first_day)
  print title
  print rule("=", length(title))
  print ""
  totals_line("Page views", grouped(total("page_views")), change("page_views"))
  totals_line("Visitors", grouped(total("visitors")), change("visitors"))
  totals_line("Requests", grouped(total("requests")), change("requests"))
  totals_line("  by programs", percent(total("program_requests"), total("requests")), "")
  totals_line("Data sent", as_bytes(total("bytes")), change("bytes"))
  totals_line("Server errors", grouped(total("server_errors")), change("server_errors"))
  if (has_before()) print "                                  (change since the week before)"
  print ""
  heading("What stands out")
  n = findings(sentence)
  for (i = 1; i <= n; i++) print wrapped("* " sentence[i])
  print ""
  heading("Requests per day")
  for (i = 0; i < 7; i++) if (day_requests(i) > most) most = day_requests(i)
  for (i = 0; i < 7; i++) {
    day = add_days(first_day, i)
    printf "%-9s %s  %7s  %s\n", weekday(day), day, grouped(day_requests(i)), rule("#", most ? 36 * day_requests(i) / most : 0)
  }
  print ""
  list("Most read pages", "page", 10)
  list("Where readers came from", "referrer", 8)
  list("Replies by status", "status", 20)
  list("Not found (asked for by people)", "missing", 8)
  list("Programs", "program", 8)
  heading("Where the bandwidth goes")
  for (i = 1; i <= 6 && top("weight", i) != ""; i++) printf "%10s  %s\n", as_bytes(now("weight", top("weight", i))), top("weight", i)
}

function day_requests(i,    day) {
  day = add_days(first_day, i)
  return now("day_people", day) + now("day_programs", day)
}
function heading(text) { print text; print rule("-", length(text)) }
function rule(mark, width,    out) { out = ""; while (length(out) + 1 <= width) out = out mark; return out }
function totals_line(name, value, moved) { printf "%-16s %14s   %s\n", name, value, moved }
function list(text, group, most,    i, key) {
  heading(text)
  if (!size["now", group]) print "none"
  for (i = 1; i <= most && i <= size["now", group]; i++) {
    key = top(group, i)
    printf "%10s  %s\n", grouped(now(group, key)), key (group == "status" && meaning(key) != "" ? " (" meaning(key) ")" : "")
  }
  print ""
}
function wrapped(text,    words, n, i, line, out) {
  n = split(text, words, " ")
  for (i = 1; i <= n; i++) {
    if (length(line) + length(words[i]) + 1 > 78) { out = out line "\n"; line = "  " words[i] }
    else line = line (line == "" ? "" : " ") words[i]
  }
  return out line
}
