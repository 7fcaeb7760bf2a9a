import { describe, expect, it } from 'vitest';
import { drive, failed, finished, type Wish } from '../../test/model/planned-run.js';

describe('a resource', () => {
  const resource: Wish = { kind: 'resource', settings: { maximumRetries: 1 } };

  it('is launched when first needed, serves, and goes down when its last user is over', () => {
    const it = drive({
      r: resource,
      a: {},
      b: { needs: ['a'], resource: 'r' },
      c: { needs: ['b'], resource: 'r' },
    });
    expect(it.status('r')).toBe('WAITING_ON_DEPENDENCIES');
    it.end('a', finished);
    expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
    expect(it.inFlight.has('b')).toBe(false);
    it.ready('r');
    expect(it.status('r')).toBe('RUNNING');
    it.end('b', finished);
    it.end('c', finished);
    expect(it.status('r')).toBe('SHUTTING_DOWN');
    it.end('r', finished);
    expect(it.status('r')).toBe('FINISHED');
    expect(it.run.open).toBe(false);
  });

  it('that nobody came to need is FINISHED without a launch', () => {
    const it = drive({
      r: resource,
      a: { settings: { maximumRetries: 0 } },
      b: { needs: ['a'], resource: 'r', settings: { cascade: true } },
    });
    it.end('a', failed);
    expect([it.status('b'), it.status('r')]).toEqual(['CASCADE_FAILED', 'FINISHED']);
    expect(it.started).not.toContain('r');
  });

  it('that is lost is made anew at once, and its task tried again', () => {
    const it = drive({ r: resource, b: { resource: 'r' } });
    it.ready('r');
    it.end('r', failed);
    expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
    expect(it.timers.at(-1)?.at).toEqual(it.now);
    it.ring();
    it.ready('r');
    expect(it.inFlight.get('b')).toBe(2);
  });

  it('that cannot be made is tried again after retryDelay', () => {
    const it = drive({ r: resource, b: { resource: 'r' } });
    it.end('r', failed);
    expect(it.inFlight.get('r')).toBeUndefined();
    it.ring();
    expect(it.inFlight.get('r')).toBe(2);
  });

  it('that is not up within initTimeout fails, and is tried again', () => {
    const settings = { maximumRetries: 1, initTimeoutMs: 30_000 };
    const it = drive({ r: { kind: 'resource', settings }, b: { resource: 'r' } });
    it.ring();
    expect(it.canceled).toContain('r');
    it.ready('r'); // too late
    expect([it.status('r'), it.status('b')]).toEqual(['CREATING', 'WAITING_FOR_RUNNER']);
    it.end('r', { kind: 'canceled' });
    expect(it.run.find('r')?.record).toMatchObject({ status: 'CREATING', errorId: 'InitTimeout' });
    it.ring();
    it.ready('r');
    it.end('b', finished);
    it.end('r', finished);
    it.ring(); // the second attempt's time, which means nothing any more
    expect([it.status('r'), it.status('b')]).toEqual(['FINISHED', 'FINISHED']);
  });

  it('that fails for good cancels its activities, and their consumers are CASCADE_FAILED', () => {
    const it = drive({
      r: { kind: 'resource', settings: { maximumRetries: 0 } },
      b: { resource: 'r' },
      c: { needs: ['b'], settings: { cascade: true } },
    });
    it.end('r', failed);
    expect([it.status('r'), it.status('b'), it.status('c')]).toEqual([
      'FAILED',
      'CANCELED',
      'CASCADE_FAILED',
    ]);
  });

  it('is TIMEDOUT after terminateAfter, and its work CANCELED', () => {
    const it = drive({
      r: { kind: 'resource', settings: { terminateAfterMs: 60_000 } },
      b: { resource: 'r' },
    });
    it.ready('r');
    it.ring();
    expect(it.status('r')).toBe('SHUTTING_DOWN');
    it.end('r', finished);
    expect([it.status('r'), it.status('b')]).toEqual(['TIMEDOUT', 'CANCELED']);
    expect(it.run.open).toBe(false);
  });

  it('is launched anew for a rerun of its activity', () => {
    const it = drive({ r: resource, b: { resource: 'r' } });
    it.ready('r');
    it.end('b', finished);
    it.end('r', finished);
    it.tell({ kind: 'operator', command: 'RERUN', instanceIds: ['b'] });
    expect(it.status('r')).toBe('CREATING');
    it.ready('r');
    it.end('b', finished);
    it.end('r', finished);
    expect(it.run.open).toBe(false);
  });
});
