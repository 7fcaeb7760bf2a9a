# Makes a Redshift table like a MySQL table, unless it is there already. Needs the clients mysql and psql.
#
#   --rds_jdbc=jdbc:mysql://host:port/database       --rds_usr= --rds_pwd= --rds_tbl=
#   --red_jdbc=jdbc:postgresql://host:port/database  --red_usr= --red_pwd= --red_tbl=
#   --red_ins=insertMode  --red_dist=column  --red_sort=column,column  --red_map=mysqlType:redshiftType,…
set -euo pipefail

fail() {
  echo "mysql-table-to-redshift: $1" >&2
  exit 1
}

rds_jdbc= rds_usr= rds_pwd= rds_tbl= red_jdbc= red_usr= red_pwd= red_tbl= red_ins= red_dist= red_sort= red_map=
for argument in "$@"; do
  name=${argument%%=*}
  case "$name" in
    --rds_jdbc | --rds_usr | --rds_pwd | --rds_tbl | --red_jdbc | --red_usr | --red_pwd | --red_tbl | --red_ins | --red_dist | --red_sort | --red_map)
      printf -v "${name:2}" '%s' "${argument#*=}"
      ;;
    *) fail "unknown argument $name" ;;
  esac
done
for name in rds_jdbc rds_usr rds_tbl red_jdbc red_usr red_tbl; do
  [ -n "${!name}" ] || fail "--$name= is missing"
done
for client in mysql psql; do
  command -v "$client" > /dev/null || fail "the client \"$client\" is not installed on this machine"
done

# Host, port and database of a URL jdbc:kind://host:port/database?options
jdbc_parts() {
  local rest=${1#*://} authority database port=$2
  case "$1" in jdbc:*://*/*) ;; *) fail "a connection string is not jdbc:kind://host:port/database" ;; esac
  authority=${rest%%/*}
  database=${rest#*/}
  case "$authority" in *:*) port=${authority##*:} ;; esac
  echo "${authority%%:*} $port ${database%%[?;]*}"
}
rds=$(jdbc_parts "$rds_jdbc" 3306)
red=$(jdbc_parts "$red_jdbc" 5439)
read -r rds_host rds_port rds_database <<< "$rds"
read -r red_host red_port red_database <<< "$red"

# A line a column: name, type, YES when it may be NULL, place in the primary key or 0.
table=$(sed "s/\\\\/\\\\\\\\/g; s/'/''/g" <<< "$rds_tbl")
columns=$(MYSQL_PWD=$rds_pwd mysql --host="$rds_host" --port="$rds_port" --user="$rds_usr" --database="$rds_database" \
  --default-character-set=utf8mb4 --batch --skip-column-names --execute="
  SELECT c.column_name, c.column_type, c.is_nullable, COALESCE(k.ordinal_position, 0)
  FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k
    ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
    AND k.constraint_name = 'PRIMARY'
  WHERE c.table_schema = DATABASE() AND c.table_name = '$table' ORDER BY c.ordinal_position")
[ -n "$columns" ] || fail "database \"$rds_database\" on $rds_host has no table \"$rds_tbl\""

sql=$(TABLE=$red_tbl MODE=$red_ins DISTRIBUTION=$red_dist SORT=$red_sort OVERRIDES=$red_map LC_ALL=C awk -F '\t' '
  function fail(text) { print "mysql-table-to-redshift: " text > "/dev/stderr"; failed = 1; exit 1 }
  function trimmed(text) { gsub(/^ +| +$/, "", text); return text }
  function quoted(name) { gsub(/"/, "\"\"", name); return "\"" name "\"" }
  function text_of(bytes) { return bytes > 65535 ? "VARCHAR(MAX)" : "VARCHAR(" bytes ")" }
  function columns_of(list, what,   count, i, names, result) {
    count = split(list, names, ",")
    for (i = 1; i <= count; i++) {
      names[i] = trimmed(names[i])
      if (!(tolower(names[i]) in exists)) fail("the " what " names column \"" names[i] "\", which the table does not have")
      result = result (i > 1 ? ", " : "") quoted(names[i])
    }
    return result
  }
  # Commas inside parentheses belong to a type: decimal(10,2):decimal(12,2),tinyint(1):smallint
  function read_overrides(text,   i, c, depth, entry, colon) {
    for (i = 1; i <= length(text) + 1; i++) {
      c = i > length(text) ? "," : substr(text, i, 1)
      depth += (c == "(") - (c == ")")
      if (c != "," || depth > 0) { entry = entry c; continue }
      entry = trimmed(entry)
      colon = index(entry, ":")
      if (entry != "" && colon < 2) fail("\"" entry "\" of the type overrides is not mysqlType:redshiftType")
      if (entry != "") override[tolower(trimmed(substr(entry, 1, colon - 1)))] = toupper(trimmed(substr(entry, colon + 1)))
      entry = ""
    }
  }
  function redshift_type(mysql,   type, base, unsigned, size) {
    type = tolower(mysql)
    gsub(/ zerofill/, "", type)
    if (type in override) return override[type]
    base = type
    sub(/[ (].*/, "", base)
    unsigned = type ~ / unsigned/
    size = match(type, /\([0-9, ]+\)/) ? substr(type, RSTART + 1, RLENGTH - 2) : ""
    if (type == "tinyint(1)" || base == "boolean" || base == "bool") return "BOOLEAN"
    if (base == "tinyint") return "SMALLINT"
    if (base == "smallint") return unsigned ? "INTEGER" : "SMALLINT"
    if (base == "mediumint") return "INTEGER"
    if (base == "int" || base == "integer") return unsigned ? "BIGINT" : "INTEGER"
    if (base == "bigint") return unsigned ? "VARCHAR(80)" : "BIGINT"
    if (base == "float") return "REAL"
    if (base == "double" || base == "real") return "DOUBLE PRECISION"
    if (base == "decimal" || base == "numeric") return "DECIMAL" (size == "" ? "" : "(" size ")")
    if (base == "char" || base == "varchar") return text_of(4 * (size == "" ? 1 : size))
    if (base == "tinytext") return "VARCHAR(1020)"
    if (base ~ /^(text|mediumtext|longtext|varbinary|blob|mediumblob|longblob)$/) return "VARCHAR(MAX)"
    if (base == "binary" || base == "tinyblob") return "VARCHAR(255)"
    if (base == "enum" || base == "set") return "VARCHAR(510)"
    if (base == "date") return "DATE"
    if (base == "time") return "VARCHAR(40)"
    if (base == "datetime" || base == "timestamp") return "TIMESTAMP"
    if (base == "year") return "VARCHAR(16)"
    fail("column \"" $1 "\" has type \"" mysql "\", for which Redshift has none; name one in the type overrides")
  }
  BEGIN { read_overrides(ENVIRON["OVERRIDES"]) }
  {
    exists[tolower($1)] = 1
    definition[NR] = "  " quoted($1) " " redshift_type($2) ($3 == "YES" && $4 == 0 ? "" : " NOT NULL")
    if ($4 > 0) { key[$4] = $1; keys++ }
  }
  END {
    if (failed) exit 1
    distribution = trimmed(ENVIRON["DISTRIBUTION"])
    sort = trimmed(ENVIRON["SORT"])
    mode = toupper(trimmed(ENVIRON["MODE"]))
    if ((mode == "OVERWRITE_EXISTING" || mode == "KEEP_EXISTING") && keys == 0 && distribution == "" && sort == "")
      fail("insert mode " mode " finds rows by key, and the table has no primary key; name a distribution or sort key")
    parts = split(ENVIRON["TABLE"], names, ".")
    for (i = 1; i <= parts; i++) name = name (i > 1 ? "." : "") quoted(names[i])
    print "CREATE TABLE IF NOT EXISTS " name " ("
    for (i = 1; i <= NR; i++) print definition[i] (i < NR || keys > 0 ? "," : "")
    for (i = 1; i <= keys; i++) primary = primary (i > 1 ? ", " : "") quoted(key[i])
    if (keys > 0) print "  PRIMARY KEY (" primary ")"
    if (distribution == "" && keys > 0) distribution = key[1]
    print ")" (distribution == "" ? "" : "\nDISTKEY (" columns_of(distribution, "distribution key") ")") \
      (sort == "" ? "" : "\nSORTKEY (" columns_of(sort, "sort key") ")") ";"
  }' <<< "$columns")

echo "$sql"
PGPASSWORD=$red_pwd psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
  --host="$red_host" --port="$red_port" --username="$red_usr" --dbname="$red_database" --file=- <<< "$sql"
