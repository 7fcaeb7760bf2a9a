import { Injectable } from '@nestjs/common';
import type { LogFile, LogTail } from '../../activities/logs/live-tail.js';
import type { AttemptProgress } from '../../activities/runner/heartbeat-details.js';
import { attemptIdOf } from '../../model/instance/ids.js';
import { STATUS } from '../../model/instance/status.js';
import { intervalRunId } from '../../workflows/contract.js';
import { errorFacts, log } from '../config/log.js';
import { ObjectStore } from '../store/object-store.js';
import type { AttemptRow, InstanceRow } from '../store/object-selector.js';
import { LiveActivities, type LiveAttempt } from './live-activities.js';
import { LiveEvents } from './live-events.js';
import { LiveLogFiles, LogNotReadable, storedFrom, storedLength } from './live-log-files.js';

/** How far somebody has read the log of an instance. */
export interface LogPlace {
  /** Number of the attempt. */
  readonly attempt: number;
  /** The try of it whose heartbeats were read; '' before the first. */
  readonly startedAt: string;
  readonly to: number;
  readonly files: LogTail['files'];
}

/** What one who follows a log gets. */
export type LogNews =
  | { readonly kind: 'log'; readonly text: string; readonly place?: LogPlace }
  /** What is missing of the log here, and where it is. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'progress'; readonly attemptId: string; readonly progress: AttemptProgress }
  | { readonly kind: 'attempt'; readonly attempt: AttemptRow }
  | { readonly kind: 'instance'; readonly instance: InstanceRow }
  /** What was followed has ended; nothing comes after. */
  | { readonly kind: 'ended'; readonly attempt?: AttemptRow; readonly instance?: InstanceRow };

/** Heartbeats come every five seconds; ends are told by events at once. */
const LOOK_MS = 1_000;
const PIECE_CHARACTERS = 64 * 1024;

/** Logs of attempts: of running ones by their heartbeats, of ended ones as they are stored. */
@Injectable()
export class LiveLog {
  constructor(
    private readonly objects: ObjectStore,
    private readonly activities: LiveActivities,
    private readonly files: LiveLogFiles,
    private readonly events: LiveEvents,
  ) {}

  async live(attempt: AttemptRow): Promise<LiveAttempt | undefined> {
    if (STATUS[attempt.status].terminal) return undefined;
    return this.activities.find(intervalRunId(attempt), attempt.id);
  }

  /** What there is of the log now. @throws LogNotReadable */
  async text(attempt: AttemptRow): Promise<string> {
    const live = await this.live(attempt);
    if (live !== undefined) return live.log.text;
    const [latest = attempt] = await this.objects.attempts(attempt.pipelineId, [attempt.id]);
    if (!STATUS[latest.status].terminal) return '';
    const files = [...(await this.#stored(latest))].filter(([, bytes]) => bytes.length > 0);
    return files
      .map(([name, bytes]) => `==> ${name}.log <==\n${endedLine(bytes.toString('utf8'))}`)
      .join('\n');
  }

  /**
   * The log of an instance as it is written, over all its attempts from the newest on, or of one attempt: each line once and in
   * order, until it has ended. `place` is where somebody stopped before.
   */
  async *follow(
    { pipelineId, instanceId, attempt: only }: { pipelineId: string; instanceId: string; attempt?: number },
    place: LogPlace | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LogNews> {
    const wake = new Wake(signal);
    const watching = this.#watch(instanceId, wake, signal);
    let at = place;
    let instanceStatus: string | undefined;
    try {
      while (!signal.aborted) {
        const [instance] = await this.objects.instances(pipelineId, [instanceId]);
        if (instance === undefined) return; // deleted with its pipeline
        if (only === undefined && instance.status !== instanceStatus) {
          instanceStatus = instance.status;
          yield { kind: 'instance', instance };
        }
        const number = only ?? at?.attempt ?? Math.max(1, instance.attemptCount);
        const [attempt] = await this.objects.attempts(pipelineId, [attemptIdOf(instanceId, number)]);
        if (attempt !== undefined) {
          if (at?.attempt !== number) at = { attempt: number, startedAt: '', to: 0, files: {} };
          at = yield* this.#followAttempt(attempt, at, wake, signal);
          if (signal.aborted) return;
          const [ended = attempt] = await this.objects.attempts(pipelineId, [attempt.id]);
          if (only !== undefined) return void (yield { kind: 'ended', attempt: ended });
          at = { attempt: number + 1, startedAt: '', to: 0, files: {} };
          continue;
        }
        if (STATUS[instance.status].terminal) return void (yield { kind: 'ended', instance });
        await wake.next(LOOK_MS);
      }
    } finally {
      wake.end();
      await watching;
    }
  }

  async *#followAttempt(
    first: AttemptRow,
    place: LogPlace,
    wake: Wake,
    signal: AbortSignal,
  ): AsyncGenerator<LogNews, LogPlace> {
    let at = place;
    let attempt: AttemptRow | undefined = first;
    let status: string | undefined;
    let progress = '';
    let away = false;
    while (!signal.aborted) {
      if (attempt === undefined || STATUS[attempt.status].terminal) break;
      if (attempt.status !== status) {
        status = attempt.status;
        yield { kind: 'attempt', attempt };
      }
      let live: LiveAttempt | undefined;
      try {
        live = await this.live(attempt);
        away = false;
      } catch (error) {
        if (!away) {
          log('warn', 'Temporal does not say how an attempt is', errorFacts(error));
          yield { kind: 'note', text: 'Temporal does not answer: the log goes on when it does' };
        }
        away = true;
      }
      if (live !== undefined) {
        if (live.startedAt !== at.startedAt) at = { ...at, startedAt: live.startedAt, to: 0, files: {} };
        const { text, missed } = newOf(live.log, at.to);
        at = { ...at, to: live.log.to, files: live.log.files };
        if (missed > 0)
          yield { kind: 'note', text: `${missed} bytes before this are only in the stored log` };
        if (text !== '') yield { kind: 'log', text, place: at };
        const now = JSON.stringify(live.progress ?? {});
        if (live.progress !== undefined && now !== progress) {
          yield { kind: 'progress', attemptId: attempt.id, progress: live.progress };
        }
        progress = now;
      }
      await wake.next(LOOK_MS);
      [attempt] = await this.objects.attempts(first.pipelineId, [first.id]);
    }
    if (attempt === undefined || signal.aborted) return at;
    yield* this.#rest(attempt, at);
    yield { kind: 'attempt', attempt };
    return at;
  }

  /** What came after the last heartbeat that was read: output first, then what the activity says of it. */
  async *#rest(attempt: AttemptRow, place: LogPlace): AsyncGenerator<LogNews> {
    let files: ReadonlyMap<LogFile, Buffer>;
    try {
      files = await this.#stored(attempt);
    } catch (error) {
      if (!(error instanceof LogNotReadable)) throw error;
      yield { kind: 'note', text: error.message };
      return;
    }
    let at = place;
    for (const name of ['stdout', 'stderr', 'activity'] as const) {
      const bytes = files.get(name);
      if (bytes === undefined) continue;
      const text = endedLine(storedFrom(bytes, at.files[name] ?? 0).toString('utf8'));
      at = { ...at, files: { ...at.files, [name]: storedLength(bytes) } };
      for (let from = 0; from < text.length; from += PIECE_CHARACTERS) {
        const piece = text.slice(from, from + PIECE_CHARACTERS);
        // Who loses the connection in the middle gets the file's rest again.
        const isLast = from + PIECE_CHARACTERS >= text.length;
        yield { kind: 'log', text: piece, ...(isLast ? { place: at } : {}) };
      }
    }
  }

  async #stored(attempt: AttemptRow): Promise<ReadonlyMap<LogFile, Buffer>> {
    if (attempt.logLocation === undefined) {
      throw new LogNotReadable(`Attempt ${attempt.id} left no log: it is ${attempt.status} without one`);
    }
    return this.files.read(attempt.logLocation);
  }

  async #watch(instanceId: string, wake: Wake, signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, wake.ended]);
    try {
      for await (const { events, lost } of this.events.follow(await this.events.now(), both)) {
        if (lost || events.some(({ objectId }) => objectId === instanceId)) wake.ring();
      }
    } catch (error) {
      // Who follows looks once a second all the same.
      log('warn', 'A log is followed without events', errorFacts(error));
    }
  }
}

/** What of a tail comes after byte `seen`, and how much between them is not in it. */
export function newOf(
  { text, to }: LogTail,
  seen: number,
): { readonly text: string; readonly missed: number } {
  const bytes = Buffer.from(text);
  const from = to - bytes.length;
  if (seen >= from) return { text: bytes.subarray(seen - from).toString('utf8'), missed: 0 };
  // It may begin in the middle of a line.
  const line = bytes.indexOf(0x0a) + 1;
  const begin = line < bytes.length ? line : 0;
  return { text: bytes.subarray(begin).toString('utf8'), missed: from + begin - seen };
}

function endedLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** Rings now and then; whoever waits is woken by a ring that came before it waited, too. */
class Wake {
  readonly #end = new AbortController();
  #rung = false;
  #resolve: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.ring(), { once: true, signal: this.#end.signal });
  }

  get ended(): AbortSignal {
    return this.#end.signal;
  }

  ring(): void {
    this.#rung = true;
    this.#resolve?.();
  }

  async next(atMostMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.#resolve = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
    this.#resolve = undefined;
  }

  end(): void {
    this.#end.abort();
    this.#resolve?.();
  }
}
