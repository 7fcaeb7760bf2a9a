import { describe, expect, it } from 'vitest';
import { END, START, drive, failed, finished, runOf } from '../../test/model/planned-run.js';
import { DEACTIVATED } from './interval-run.js';
import type { StoredInstance } from './run-book.js';
import type { Status } from './status.js';

describe('an interval run', () => {
  it('starts an instance only when all it needs are FINISHED', () => {
    const it = drive({ a: {}, b: {}, c: { needs: ['a', 'b'] } });
    expect(it.started).toEqual(['a', 'b']);
    it.end('a', finished);
    expect(it.status('c')).toBe('WAITING_ON_DEPENDENCIES');
    it.end('b', finished);
    expect(it.status('c')).toBe('WAITING_FOR_RUNNER');
    it.end('c', finished);
    expect(it.run.open).toBe(false);
  });

  it('lets what is not due wait for its time', () => {
    const it = drive({ a: { dueAt: END } });
    expect(it.started).toEqual([]);
    it.ring();
    expect(it.now).toEqual(END);
    expect(it.started).toEqual(['a']);
  });

  it('tries a failed attempt again after retryDelay, maximumRetries times, and then is FAILED', () => {
    const it = drive({ a: { settings: { maximumRetries: 1 } } });
    it.end('a', failed);
    expect(it.status('a')).toBe('WAITING_FOR_RUNNER');
    expect(it.timers[0]?.at).toEqual(new Date(START.getTime() + 60_000));
    it.ring();
    expect(it.inFlight.get('a')).toBe(2);
    it.end('a', failed);
    expect(it.status('a')).toBe('FAILED');
    expect(it.run.find('a')?.record).toMatchObject({
      attemptCount: 2,
      triesLeft: 0,
      errorId: 'CommandFailed',
    });
  });

  it('does not try again what no further attempt can change', () => {
    const it = drive({ a: {} });
    it.end('a', {
      kind: 'failed',
      failure: { errorId: 'InvalidExpression', errorMessage: 'x', final: true },
    });
    expect(it.status('a')).toBe('FAILED');
  });

  it('shows RUNNING once the worker says so', () => {
    const it = drive({ a: {} });
    it.tell({
      kind: 'attemptStarted',
      instanceId: 'a',
      attempt: 1,
      startedAt: START.toISOString(),
      hostname: 'h',
    });
    expect(it.status('a')).toBe('RUNNING');
    it.tell({
      kind: 'attemptStarted',
      instanceId: 'a',
      attempt: 7,
      startedAt: START.toISOString(),
      hostname: 'x',
    });
    expect(it.run.find('a')?.record.hostname).toBe('h');
  });

  describe('failureAndRerunMode', () => {
    it('none: consumers of a failed object wait; a rerun of it lets them go on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 } }, b: { needs: ['a'] } });
      it.end('a', failed);
      expect(it.status('b')).toBe('WAITING_ON_DEPENDENCIES');
      expect(it.run.open).toBe(true);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      it.end('a', finished);
      expect(it.status('b')).toBe('WAITING_FOR_RUNNER');
    });

    const CASCADE = { settings: { cascade: true, maximumRetries: 0 } };
    it('cascade: consumers become CASCADE_FAILED, all the way down, and name the chain', () => {
      const it = drive({
        a: CASCADE,
        node: { kind: 'dataNode', needs: ['a'], ...CASCADE },
        b: { needs: ['node'], ...CASCADE },
        free: {},
      });
      it.end('a', failed);
      expect([it.status('node'), it.status('b')]).toEqual(['CASCADE_FAILED', 'CASCADE_FAILED']);
      expect(it.run.find('b')?.record.cascadeFailedOn).toEqual(['a', 'node']);
      expect(it.status('free')).toBe('WAITING_FOR_RUNNER');
    });

    it('cascade: preconditions of consumers become CANCELED', () => {
      const it = drive({
        a: CASCADE,
        check: { kind: 'precondition', preconditionOf: 'node', needs: ['a'] },
        node: { kind: 'dataNode', needs: ['a'], ...CASCADE },
      });
      it.end('a', failed);
      expect(it.status('check')).toBe('CANCELED');
    });

    it('cascade: a failed precondition fails its node and the consumers', () => {
      const it = drive({
        check: { kind: 'precondition', preconditionOf: 'node', settings: { maximumRetries: 0 } },
        node: { kind: 'dataNode', ...CASCADE },
        b: { needs: ['node'], ...CASCADE },
      });
      it.end('check', failed);
      expect([it.status('check'), it.status('node'), it.status('b')]).toEqual([
        'FAILED',
        'CASCADE_FAILED',
        'CASCADE_FAILED',
      ]);
    });

    it('cascade: a rerun of the origin takes its CASCADE_FAILED consumers with it', () => {
      const it = drive({ a: CASCADE, b: { needs: ['a'], ...CASCADE }, c: { needs: ['b'], ...CASCADE } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      for (const id of ['a', 'b', 'c']) it.end(id, finished);
      expect(it.run.open).toBe(false);
      expect(it.status('c')).toBe('FINISHED');
    });

    it('a rerun of a consumer whose dependency is still failed falls back to CASCADE_FAILED', () => {
      const it = drive({ a: CASCADE, b: { needs: ['a'], ...CASCADE } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
      expect(it.status('b')).toBe('CASCADE_FAILED');
    });
  });

  describe('an operator', () => {
    it('cancels what waits at once, and what works when the worker has let go', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'operator', command: 'CANCEL', instanceIds: ['a', 'b'] });
      expect(it.status('b')).toBe('CANCELED');
      expect(it.status('a')).toBe('WAITING_FOR_RUNNER');
      expect(it.canceled.has('a')).toBe(true);
      it.end('a', { kind: 'canceled' });
      expect(it.status('a')).toBe('CANCELED');
      expect(it.run.open).toBe(false);
    });

    it('marks a failed instance FINISHED, and its consumers go on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 }, onSuccess: ['alarm'] }, b: { needs: ['a'] } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'MARK_FINISHED', instanceIds: ['a'] });
      expect([it.status('a'), it.status('b')]).toEqual(['FINISHED', 'WAITING_FOR_RUNNER']);
      expect(it.run.find('a')?.record.errorId).toBeUndefined();
      expect(it.started).not.toContain('@alarm_a_2026-01-01T00:00:00');
    });

    it('reruns with all tries again, attempts counted on', () => {
      const it = drive({ a: { settings: { maximumRetries: 0 } } });
      it.end('a', failed);
      it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['a'] });
      expect(it.inFlight.get('a')).toBe(2);
      it.end('a', finished);
      expect(it.run.find('a')?.record).toMatchObject({ status: 'FINISHED', attemptCount: 2 });
    });
  });

  describe('deactivation', () => {
    it('with cancelActive cancels everything that is not over', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'deactivated', cancelActive: true });
      it.end('a', { kind: 'canceled' });
      expect(it.run.open).toBe(false);
      expect(it.run.find('a')?.record.cancellationReason).toBe(DEACTIVATED);
    });

    it('without cancelActive lets the work end, and begins nothing', () => {
      const it = drive({ a: {}, b: { needs: ['a'] } });
      it.tell({ kind: 'deactivated', cancelActive: false });
      expect(it.canceled.size).toBe(0);
      it.end('a', finished);
      expect([it.status('a'), it.status('b')]).toEqual(['FINISHED', 'CANCELED']);
      expect(it.run.open).toBe(false);
    });
  });

  describe('actions', () => {
    it('fire once, on success or on failure, and do not change what they speak of', () => {
      const it = drive({ a: { onSuccess: ['alarm'], onFail: ['alarm2'] } });
      it.end('a', finished);
      expect(it.started).toEqual(['a', '@alarm_a_2026-01-01T00:00:00']);
      expect(it.run.open).toBe(true);
      it.end('@alarm_a_2026-01-01T00:00:00', failed);
      expect(it.status('a')).toBe('FINISHED');
      expect(it.status('@alarm_a_2026-01-01T00:00:00')).toBe('FAILED');
      expect(it.run.open).toBe(false);
    });

    it('onLateAction Terminate cancels what is not over in time', () => {
      const it = drive({
        a: { needs: ['b'], settings: { lateAfterMs: 60_000 }, onLateAction: ['terminate', 'alarm'] },
        b: {},
      });
      it.ring();
      expect(it.status('a')).toBe('CANCELED');
      expect(it.started).toContain('@alarm_a_2026-01-01T00:00:00');
    });
  });

  describe('other runs', () => {
    it('are waited for, one by one', () => {
      const it = drive({ report: { elsewhere: ['@d1', '@d2'] } });
      expect(it.awaited).toEqual(['@d1', '@d2']);
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FINISHED' });
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FINISHED' });
      expect(it.status('report')).toBe('WAITING_ON_DEPENDENCIES');
      it.tell({ kind: 'endedElsewhere', instanceId: '@d2', status: 'FINISHED' });
      expect(it.status('report')).toBe('WAITING_FOR_RUNNER');
    });

    it('cascade into this one, when it is set so', () => {
      const it = drive({
        report: { elsewhere: ['@d1'], settings: { cascade: true } },
        patient: { elsewhere: ['@d1'] },
      });
      it.tell({ kind: 'endedElsewhere', instanceId: '@d1', status: 'FAILED' });
      expect([it.status('report'), it.status('patient')]).toEqual([
        'CASCADE_FAILED',
        'WAITING_ON_DEPENDENCIES',
      ]);
    });
  });

  it('waits for its lease of maxActiveInstances', () => {
    const it = drive({ a: { leaseLimit: 1 } });
    expect(it.started).toEqual([]);
    it.tell({ kind: 'leaseGranted', instanceId: 'a' });
    expect(it.started).toEqual(['a']);
  });

  it('goes on from the ledger: what is terminal stays, a rerun counts attempts on', () => {
    const stored = (id: string, status: Status): StoredInstance => ({
      id,
      componentId: id,
      kind: 'activity',
      type: 'ShellCommandActivity',
      seq: 9,
      status,
      attemptCount: 3,
      triesLeft: 0,
      cascadeFailedOn: [],
      leaseGranted: true,
    });
    const it = drive({ a: {}, b: { needs: ['a'] } }, [stored('a', 'FINISHED'), stored('b', 'FAILED')]);
    expect(it.run.open).toBe(false);
    it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
    expect(it.inFlight.get('b')).toBe(4);
    expect(it.run.takeChanges().instances.every((row) => row.seq > 9)).toBe(true);
  });

  it('numbers changes by the position in the history, so that what is decided anew wins over what a dead worker wrote', () => {
    const seqs = (position: number): number[] => {
      const { run } = runOf({ a: {}, b: {} });
      run.start(START, position);
      return run.takeChanges().instances.map((row) => row.seq);
    };
    expect(Math.min(...seqs(8))).toBeGreaterThan(Math.max(...seqs(5)));
    expect(Number.isSafeInteger(Math.max(...seqs(51_200)))).toBe(true);
  });
});
