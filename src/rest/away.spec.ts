import { describe, expect, it } from 'vitest';
import { TemporalAway } from '../objects/why-temporal.js';
import { awayOf } from './away.js';

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('no', { cause }), { code });
const grpc = (code: number): Error => Object.assign(new Error('no'), { code, details: 'no', metadata: {} });

describe('awayOf', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED'), 'The store'],
    ['a server that shuts down', coded('57P01'), 'The store'],
    ['a server that starts', coded('57P03'), 'The store'],
    ['too many connections', coded('53300'), 'The store'],
    ['a lost connection', coded('08006'), 'The store'],
    ['a wrapped one', new Error('query failed', { cause: coded('ECONNRESET') }), 'The store'],
    ['Temporal away', new TemporalAway('no'), 'Temporal'],
    ['gRPC UNAVAILABLE', grpc(14), 'Temporal'],
    ['gRPC DEADLINE_EXCEEDED', new Error('start failed', { cause: grpc(4) }), 'Temporal'],
    ['gRPC INVALID_ARGUMENT', grpc(3), undefined],
    ['a unique index', coded('23505'), undefined],
    ['a fault of ours', new TypeError('x is not a function'), undefined],
    ['what is no error', 'ECONNREFUSED', undefined],
  ])('%s', (_, error, part) => {
    expect(awayOf(error)).toBe(part);
  });
});
