# Counts a web server's access logs (combined log format) into lines "group<TAB>key<TAB>number". Portable awk.

BEGIN {
  FS = "\""
  OFS = "\t"
  split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", names, " ")
  for (i = 1; i <= 12; i++) month[names[i]] = sprintf("%02d", i)
}

{
  if ($0 ~ /\\"/) gsub(/\\"/, "'") # a quote inside a field, as Apache writes it
  # [14/Nov/2026:06:25:24 +0000]
  if (!match($1, /\[[0-9][0-9]\/[A-Z][a-z][a-z]\/[0-9][0-9][0-9][0-9]:[0-9][0-9]/) || NF < 7) {
    total["unreadable"]++
    next
  }
  when = substr($1, RSTART + 1, RLENGTH - 1)
  day = substr(when, 8, 4) "-" month[substr(when, 4, 3)] "-" substr(when, 1, 2)
  hour = substr(when, 13, 2)
  address = substr($1, 1, index($1, " ") - 1)

  method = path = "-"
  if (split($2, request, " ") >= 2) {
    method = request[1]
    path = request[2]
    sub(/[?#].*/, "", path)
    gsub(/[\t\r]/, " ", path)
  }
  split($3, reply, " ")
  status = reply[1]
  bytes = reply[2] == "-" ? 0 : reply[2] + 0
  from = $4
  gsub(/[ \t]/, "%20", from)
  agent = $6

  total["requests"]++
  total["bytes"] += bytes
  count["status", status]++
  count["hour", day " " hour]++
  count["day_bytes", day] += bytes
  if (bytes > 0) count["weight", path] += bytes
  if (status >= 500) {
    total["server_errors"]++
    count["error_hour", day " " hour]++
    count["error_path", path]++
  }

  if (is_program(agent)) {
    total["program_requests"]++
    count["day_programs", day]++
    count["program", program_name(agent)]++
    if (status == 404) total["missing_programs"]++
    next
  }
  total["people_requests"]++
  count["day_people", day]++
  if (!((address, agent) in seen)) {
    seen[address, agent] = 1
    total["visitors"]++
  }
  if (status == 404) {
    total["missing_people"]++
    count["missing", path]++
    if (from != "-") count["missing_link", path " " from]++
  }
  if (is_page(method, path, status)) {
    total["page_views"]++
    count["page", path]++
    count["day_views", day]++
    count["clock", hour]++
    site = host(from)
    if (site != own_site) count["referrer", site]++
  }
}

END {
  # Every total is there, also when nothing was counted.
  split("requests people_requests program_requests page_views visitors bytes server_errors missing_people missing_programs unreadable", wanted, " ")
  for (i in wanted) print "total", wanted[i], total[wanted[i]] + 0
  for (pair in count) {
    split(pair, part, SUBSEP)
    print part[1], part[2], sprintf("%.0f", count[pair])
  }
}

# Programs name themselves, or have no name at all.
function is_program(agent) {
  return agent == "-" || agent == "" || tolower(agent) ~ /bot|crawl|spider|slurp|fetch|monitor|scan|zgrab|curl|wget|python|java\/|go-http|okhttp|libwww/
}

function program_name(agent) {
  if (agent == "-" || agent == "") return "(no name)"
  if (match(agent, /[A-Za-z-]*([Bb]ot|[Ss]pider|[Cc]rawler)[A-Za-z-]*/)) return substr(agent, RSTART, RLENGTH)
  if (match(agent, /zgrab/)) return "zgrab"
  sub(/[\/ ].*/, "", agent)
  return agent
}

# A page is what a person came for: no picture, no style sheet, no call of a script.
function is_page(method, path, status) {
  if (method != "GET" || (status != 200 && status != 304)) return 0
  return path !~ /^\/(assets|images|api)\// && path !~ /\.[a-z0-9]+$/
}

function host(url) {
  if (url == "-" || url == "") return "(typed in, bookmark, mail)"
  sub(/^[a-z]+:\/\//, "", url)
  sub(/[\/?#:].*/, "", url)
  return tolower(url)
}
