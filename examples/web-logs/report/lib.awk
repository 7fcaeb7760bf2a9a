# What both forms of the report need: reading the numbers, dates, and numbers as people write them. Portable awk.

# Reads a line of numbers into the set `which` ("now" or "before"). Lines come sorted: largest number of a group first.
function remember(which, group, key, number,    place) {
  place = ++size[which, group]
  key_of[which, group, place] = key
  number_of[which, group, key] = number + 0
}

function top(group, place) { return key_of["now", group, place] }
function now(group, key) { return number_of["now", group, key] + 0 }
function before(group, key) { return number_of["before", group, key] + 0 }
function total(key) { return now("total", key) }
function has_before() { return before("total", "requests") > 0 }

# 1234567 -> 1,234,567
function grouped(number,    text, out) {
  text = sprintf("%.0f", number)
  while (length(text) > 3) {
    out = "," substr(text, length(text) - 2) out
    text = substr(text, 1, length(text) - 3)
  }
  return text out
}

# 1536000 -> 1.5 MB
function as_bytes(number,    unit) {
  split("bytes kB MB GB TB", units, " ")
  for (unit = 1; number >= 1000 && unit < 5; unit++) number /= 1000
  return (unit == 1 ? sprintf("%d", number) : sprintf("%.1f", number)) " " units[unit]
}

function percent(part, whole) {
  if (whole == 0) return "0 %"
  return sprintf(part / whole < 0.1 ? "%.1f %%" : "%.0f %%", 100 * part / whole)
}

# How `key` of the totals moved since the week before: "+4.2 %", or "" when there is nothing to compare with.
function change(key,    old) {
  old = before("total", key)
  if (!has_before() || old == 0) return ""
  return sprintf("%+.1f %%", 100 * (total(key) - old) / old)
}

# Days since 1970-01-01 of YYYY-MM-DD, and back (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
function day_number(day,    y, m, d, era, yoe, doy) {
  y = substr(day, 1, 4) + 0; m = substr(day, 6, 2) + 0; d = substr(day, 9, 2) + 0
  if (m <= 2) y--
  era = int(y / 400); yoe = y - era * 400
  doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
}
function day_text(number,    era, doe, yoe, doy, mp, d, m) {
  number += 719468
  era = int(number / 146097); doe = number - era * 146097
  yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
  doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
  mp = int((5 * doy + 2) / 153); d = doy - int((153 * mp + 2) / 5) + 1; m = mp < 10 ? mp + 3 : mp - 9
  return sprintf("%04d-%02d-%02d", yoe + era * 400 + (m <= 2), m, d)
}
function add_days(day, days) { return day_text(day_number(day) + days) }

function weekday(day,    names) {
  split("Sunday Monday Tuesday Wednesday Thursday Friday Saturday", names, " ")
  return names[(day_number(day) + 4) % 7 + 1]
}
function month(day,    names) {
  split("January February March April May June July August September October November December", names, " ")
  return names[substr(day, 6, 2) + 0]
}
function short_day(day) { return (substr(day, 9, 2) + 0) " " month(day) }
function long_day(day) { return weekday(day) " " short_day(day) }

# "8 to 14 November 2026"
function week_name(first,    last) {
  last = add_days(first, 6)
  if (substr(first, 1, 7) == substr(last, 1, 7)) return (substr(first, 9, 2) + 0) " to " short_day(last) " " substr(last, 1, 4)
  if (substr(first, 1, 4) == substr(last, 1, 4)) return short_day(first) " to " short_day(last) " " substr(last, 1, 4)
  return short_day(first) " " substr(first, 1, 4) " to " short_day(last) " " substr(last, 1, 4)
}

# "2026-11-11 18" -> "Wednesday 11 November, 18:00 to 19:00"
function hour_name(key,    hour) {
  hour = substr(key, 12, 2)
  return long_day(substr(key, 1, 10)) ", " hour ":00 to " sprintf("%02d", (hour + 1) % 24) ":00"
}

# Sentences about what is worth a look, into sentence[1..n]; returns n.
function findings(sentence,    n, i, key, best, rise, link, day) {
  n = 0
  for (i = 0; i < 7; i++) {
    day = add_days(first_day, i)
    if (!now("day_people", day) && !now("day_programs", day)) sentence[++n] = "There is no log of " long_day(day) "; its numbers are missing here."
  }
  key = top("hour", 1)
  if (key != "") sentence[++n] = "Busiest hour: " hour_name(key) " UTC with " grouped(now("hour", key)) " requests, " sprintf("%.1f", now("hour", key) * 168 / total("requests")) " times the average hour of the week."
  key = top("error_hour", 1)
  if (key == "") sentence[++n] = "No request failed with a server error."
  else sentence[++n] = "Server errors: " grouped(total("server_errors")) " requests failed, " (now("error_hour", key) == total("server_errors") ? "all" : grouped(now("error_hour", key))) " of them on " hour_name(key) " UTC. Hit hardest: " top("error_path", 1) " (" grouped(now("error_path", top("error_path", 1))) ")."
  rise = 0
  for (i = 1; has_before() && i <= size["now", "referrer"]; i++) {
    key = top("referrer", i)
    if (now("referrer", key) - before("referrer", key) > rise) { rise = now("referrer", key) - before("referrer", key); best = key }
  }
  if (rise >= 20) sentence[++n] = "New readers: " best " brought " grouped(now("referrer", best)) " page views, " (before("referrer", best) ? "against " grouped(before("referrer", best)) : "none") " the week before."
  rise = 0
  for (i = 1; has_before() && i <= size["now", "page"]; i++) {
    key = top("page", i)
    if (now("page", key) - before("page", key) > rise) { rise = now("page", key) - before("page", key); best = key }
  }
  if (rise >= 20) sentence[++n] = "Biggest climber: " best " with " grouped(now("page", best)) " views, against " grouped(before("page", best)) " the week before."
  key = top("missing", 1)
  if (key != "") {
    link = linked_from(key)
    sentence[++n] = "Most wanted page that is not there: " key ", asked for " grouped(now("missing", key)) " times" (link == "" ? "." : ", mostly from a link on " link ".")
  }
  if (total("unreadable")) sentence[++n] = (total("unreadable") == 1 ? "1 line of the logs could not be read and is" : grouped(total("unreadable")) " lines of the logs could not be read and are") " not counted."
  return n
}

# Where most requests for the missing `path` came from, or "".
function linked_from(path,    i, key) {
  for (i = 1; i <= size["now", "missing_link"]; i++) {
    key = top("missing_link", i)
    if (substr(key, 1, length(path) + 1) == path " ") return substr(key, length(path) + 2)
  }
  return ""
}

function meaning(status,    i, n, pairs, pair) {
  n = split("200=delivered|206=part of a file|301=moved|302=moved for now|303=see other page|304=not changed|400=bad request|401=log in first|403=forbidden|404=not found|408=client was silent|429=too many requests|499=client left|500=server error|502=bad gateway|503=service unavailable|504=gateway timeout", pairs, "|")
  for (i = 1; i <= n; i++) { split(pairs[i], pair, "="); if (pair[1] == status) return pair[2] }
  return ""
}
