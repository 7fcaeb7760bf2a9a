import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The journal of a round: everything that happened, each in one line, in the order in which it did. */
export function journalPath(folder: string): string {
  return join(folder, 'journal');
}

/**
 * What commands do: one line when they begin, one when they end, in one write each. Appending is atomic, so the order of
 * lines is the order of events. /proc/uptime is the clock, in hundredths of a second: reading it starts no process.
 */
export async function writeScripts(folder: string): Promise<void> {
  const say = `
read_clock() { read -r clock _ < /proc/uptime; }
say() { read_clock; echo "$clock $*" >> '${journalPath(folder)}'; }
`;
  const work = `${say}
seconds=$1; file=\${2#file://}; shift 2
n=\${PENSTOCK_ATTEMPT_ID##*=}
start=\${PENSTOCK_INSTANCE_ID##*_}
deeds=o
for each in "$@"; do case $each in "$start="*) deeds=\${each#*=} ;; esac; done
at=1
while [ "$at" -lt "$n" ] && [ \${#deeds} -gt 1 ]; do deeds=\${deeds#?}; at=$((at + 1)); done
deed=\${deeds%"\${deeds#?}"}
me="$PENSTOCK_PIPELINE_ID $PENSTOCK_INSTANCE_ID $n"
mark='${join(folder, 'live')}'/$PENSTOCK_PIPELINE_ID$PENSTOCK_INSTANCE_ID
if read -r pid attempt 2>/dev/null < "$mark"; then
  grep -qa "PENSTOCK_INSTANCE_ID=$PENSTOCK_INSTANCE_ID" "/proc/$pid/environ" 2>/dev/null && say overlap "$me" "$attempt"
fi
echo "$$ $n" > "$mark"
trap 'say end "$me" killed; exit 143' TERM
say begin "$me" $$
[ "$deed" = h ] && seconds=300
sleep "$seconds" &
wait $!
[ "$deed" = f ] && { say end "$me" 1; exit 1; }
[ "$file" = - ] || { mkdir -p "\${file%/*}" && : > "$file"; }
say end "$me" 0
`;
  const check = `${say}
count='${join(folder, 'checks')}'/$PENSTOCK_PIPELINE_ID$PENSTOCK_INSTANCE_ID
printf x >> "$count"
checks=
read -r checks < "$count"
answer=no
[ "$1" = never ] || [ \${#checks} -lt "$1" ] || answer=yes
say check "$PENSTOCK_PIPELINE_ID $PENSTOCK_INSTANCE_ID" \${#checks} $answer
[ $answer = yes ]
`;
  for (const name of ['live', 'checks', 'data']) await mkdir(join(folder, name), { recursive: true });
  for (const [name, text] of [
    ['work.sh', work],
    ['check.sh', check],
  ] as const) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
}
