/** A line of a combined log, read independently of the report's own awk. */
export interface LogLine {
  readonly address: string;
  /** `YYYY-MM-DDTHH:MM:SS`, UTC. */
  readonly time: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly referrer: string;
  readonly agent: string;
}

const LINE =
  /^(\S+) - - \[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) \+0000\] "([^"]*)" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"$/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** The parts of `line`, or undefined when it is no line of a combined log. */
export function readLine(line: string): LogLine | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [
    ,
    address = '',
    day,
    month = '',
    year,
    clock,
    request = '',
    status,
    bytes,
    referrer = '',
    agent = '',
  ] = match;
  const [method = '-', target = '-'] = request.includes(' ') ? request.split(' ') : [];
  return {
    address,
    time: `${year}-${String(MONTHS.indexOf(month) / 3 + 1).padStart(2, '0')}-${day}T${clock}`,
    method,
    path: target.replace(/[?#].*/, ''),
    status: Number(status),
    bytes: bytes === '-' ? 0 : Number(bytes),
    referrer,
    agent,
  };
}
