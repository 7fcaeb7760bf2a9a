import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AttemptProgress } from '../../activities/runner/heartbeat-details.js';
import { STATUS, type Status } from '../../model/instance/status.js';
import type { LiveAttempt } from '../objects/live-activities.js';
import type { LogPlace } from '../objects/live-log.js';
import type { AttemptRow } from '../store/object-selector.js';

/** How far an attempt is, where its work can tell. */
export class ProgressView implements AttemptProgress {
  @ApiPropertyOptional({ minimum: 0, maximum: 100 })
  percentComplete?: number;
  @ApiPropertyOptional({ description: 'Records (rows) so far' })
  records?: number;
  @ApiPropertyOptional()
  bytes?: number;
  @ApiPropertyOptional({ description: 'Statements of a script that are done' })
  statements?: number;
}

/** An attempt as REST shows it. */
export class AttemptView {
  @ApiProperty({ example: '@Copy_2030-01-01T00:00:00_Attempt=1' })
  id!: string;
  @ApiProperty()
  instanceId!: string;
  @ApiProperty({ minimum: 1 })
  number!: number;
  @ApiProperty({ enum: Object.keys(STATUS) })
  status!: Status;
  @ApiPropertyOptional({ format: 'date-time' })
  actualStart?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  actualEnd?: string;
  @ApiPropertyOptional()
  errorId?: string;
  @ApiPropertyOptional()
  errorMessage?: string;
  @ApiPropertyOptional()
  logLocation?: string;
  @ApiPropertyOptional()
  hostname?: string;
  @ApiPropertyOptional({ type: ProgressView, description: 'Of a running attempt, every five seconds' })
  progress?: ProgressView;
}

/** All attempts of an instance. */
export class AttemptListView {
  @ApiProperty({ type: [AttemptView] })
  attempts!: readonly AttemptView[];
}

/** The view of an attempt; `live` is what its last heartbeat said. */
export function attemptView(row: AttemptRow, live?: LiveAttempt): AttemptView {
  const { id, instanceId, number, status, actualStart, actualEnd, errorId, errorMessage, logLocation } = row;
  const hostname = row.hostname ?? live?.hostname;
  const members = {
    actualStart,
    actualEnd,
    errorId,
    errorMessage,
    logLocation,
    hostname,
    progress: live?.progress,
  };
  return {
    id,
    instanceId,
    number,
    status,
    ...(Object.fromEntries(
      Object.entries(members).filter(([, value]) => value !== undefined),
    ) as Partial<AttemptView>),
  };
}

const COUNT = /^\d{1,15}$/;

/** A place in a log as SSE id: `<attempt>/<try>/<bytes>/<activity>-<stdout>-<stderr>`. */
export function printPlace({ attempt, startedAt, to, files }: LogPlace): string {
  return `${attempt}/${startedAt}/${to}/${files.activity ?? 0}-${files.stdout ?? 0}-${files.stderr ?? 0}`;
}

/** The inverse of `printPlace`; undefined for any other text. */
export function parsePlace(text: string): LogPlace | undefined {
  const [attempt = '', startedAt = '', to = '', files = '', ...rest] = text.split('/');
  const counts = files.split('-');
  const numbers = [attempt, to, ...counts];
  if (rest.length > 0 || counts.length !== 3 || startedAt.length > 40) return undefined;
  if (!numbers.every((number) => COUNT.test(number)) || attempt === '0') return undefined;
  const [activity = 0, stdout = 0, stderr = 0] = counts.map(Number);
  return { attempt: Number(attempt), startedAt, to: Number(to), files: { activity, stdout, stderr } };
}
