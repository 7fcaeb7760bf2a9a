# The report as one self-contained page. Everything that comes out of a log is escaped: visitors write it.

BEGIN { FS = "\t" }
{ remember(which, $1, $2, $3) }
END {
  print "<header><p class=kicker>Weekly report</p><h1>Web traffic, " week_name(first_day) "</h1></header><main>"
  print "<section class=tiles>"
  tile("Page views", grouped(total("page_views")), "page_views", 1)
  tile("Visitors", grouped(total("visitors")), "visitors", 1)
  tile("Requests", grouped(total("requests")), "requests", 0)
  tile("Data sent", as_bytes(total("bytes")), "bytes", 0)
  tile("Server errors", grouped(total("server_errors")), "server_errors", -1)
  tile("By programs", percent(total("program_requests"), total("requests")), "", 0)
  print "</section>"
  print "<section class=card><h2>What stands out</h2><ul class=findings>"
  n = findings(sentence)
  for (i = 1; i <= n; i++) {
    colon = index(sentence[i], ": ")
    if (colon && colon < 50) print "<li><b>" html(substr(sentence[i], 1, colon - 1)) ".</b> " html(substr(sentence[i], colon + 2)) "</li>"
    else print "<li>" html(sentence[i]) "</li>"
  }
  print "</ul></section>"
  day_chart()
  clock_chart()
  print "<div class=columns>"
  table("Most read pages", "page", 10, "Views by people")
  table("Where readers came from", "referrer", 10, "Page views by people; links inside the site not counted")
  table("Replies by status", "status", 20, "All requests")
  table("Not found", "missing", 8, "Asked for by people; programs tried " grouped(total("missing_programs")) " more")
  table("Programs", "program", 8, "Requests of bots, feed readers, monitors and scanners")
  table("Where the bandwidth goes", "weight", 8, "Data sent, by path")
  print "</div></main>"
  print "<footer>Times are UTC. Counted from " grouped(total("requests")) " lines of the week&rsquo;s archived access logs. Visitors are different pairs of address and browser. The same numbers for a machine: <a href=numbers.tsv>numbers.tsv</a>.</footer>"
}

function html(text) {
  gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); gsub(/"/, "\\&quot;", text)
  gsub(/[\001-\037\177]/, "\\&#65533;", text)
  return text
}

# good: 1 when more is better, -1 when less is, 0 when neither.
function tile(name, value, key, good,    moved, class) {
  moved = key == "" ? "" : change(key)
  class = "still"
  if (good && moved != "" && moved !~ /^.0\.0/) class = (moved ~ /^\+/) == (good > 0) ? "better" : "worse"
  print "<div class=tile><span>" name "</span><strong>" value "</strong>" (moved == "" ? "" : "<em class=" class " title=\"since the week before\">" signed(moved) "</em>") "</div>"
}
function signed(moved) { sub(/^-/, "\\&minus;", moved); return moved }

function day_chart(    i, day, most, x, h, p, b, old, y, label) {
  most = 1
  for (i = 0; i < 7; i++) {
    day = add_days(first_day, i)
    if (all_of("now", day) > most) most = all_of("now", day)
    if (all_of("before", add_days(day, -7)) > most) most = all_of("before", add_days(day, -7))
  }
  print "<section class=card><h2>Requests per day</h2><p class=note><i class=people></i>people <i class=programs></i>programs" (has_before() ? " <i class=mark></i>the week before" : "") "</p>"
  print "<svg viewBox=\"0 0 714 214\" role=img aria-label=\"Requests per day, people and programs\"><line class=axis x1=0 x2=714 y1=180 y2=180 />"
  for (i = 0; i < 7; i++) {
    day = add_days(first_day, i)
    x = i * 102 + 13
    p = 150 * now("day_people", day) / most
    b = 150 * now("day_programs", day) / most
    y = 180 - p - b
    label = grouped(all_of("now", day))
    print "<g><title>" long_day(day) ": " grouped(now("day_people", day)) " by people, " grouped(now("day_programs", day)) " by programs</title>"
    bar("people", x, 180 - p, 76, p); bar("programs", x, y, 76, b - 1.5)
    old = all_of("before", add_days(day, -7))
    if (old) printf "<line class=mark x1=%d x2=%d y1=%.1f y2=%.1f />", x - 6, x + 82, 180 - 150 * old / most, 180 - 150 * old / most
    if (old && 180 - 150 * old / most > y - 20 && 180 - 150 * old / most < y) y = 180 - 150 * old / most
    printf "<text class=value x=%d y=%.1f>%s</text>", x + 38, y - 6, label
    printf "<text x=%d y=197>%s</text><text class=\"dim date\" x=%d y=211>%s</text></g>\n", x + 38, substr(weekday(day), 1, 3), x + 38, short_day(day)
  }
  print "</svg></section>"
}
function all_of(which, day) { return number_of[which, "day_people", day] + number_of[which, "day_programs", day] }
function bar(class, x, y, width, height) {
  if (height > 0) printf "<rect class=%s x=%d y=%.1f width=%d height=%.1f rx=2 />", class, x, y, width, height
}

function clock_chart(    i, key, most, h) {
  most = 1
  for (i = 0; i < 24; i++) if (now("clock", sprintf("%02d", i)) > most) most = now("clock", sprintf("%02d", i))
  print "<section class=card><h2>When people read</h2><p class=note>Page views by hour of the day, the whole week</p>"
  print "<svg viewBox=\"0 0 714 118\" role=img aria-label=\"Page views by hour of the day\"><line class=axis x1=0 x2=714 y1=96 y2=96 />"
  for (i = 0; i < 24; i++) {
    key = sprintf("%02d", i)
    h = 84 * now("clock", key) / most
    print "<g><title>" key ":00: " grouped(now("clock", key)) " page views</title>"
    bar("people", i * 29.75 + 4, 96 - h, 22, h)
    if (i % 3 == 0) printf "<text class=dim x=%d y=112>%s</text>", i * 29.75 + 15, key
    print "</g>"
  }
  print "</svg></section>"
}

function table(name, group, most, note,    i, key, value, largest, shown) {
  print "<section class=card><h2>" name "</h2><p class=note>" note "</p>"
  if (!size["now", group]) { print "<p>None.</p></section>"; return }
  largest = now(group, top(group, 1))
  print "<table>"
  for (i = 1; i <= most && i <= size["now", group]; i++) {
    key = top(group, i)
    value = now(group, key)
    shown = group == "weight" ? as_bytes(value) : grouped(value)
    printf "<tr><td style=\"--share:%.1f%%\"><span>%s</span></td><td>%s</td></tr>\n", 100 * value / largest, html(key) (group == "status" ? " <small>" meaning(key) "</small>" : ""), shown
  }
  print "</table></section>"
}
