import { expect, it } from 'vitest';
import { LOG_LEVELS } from '../../model/log-level.js';
import { jsonLogger } from './json-logger.js';

it.each([
  [undefined, ['info', 'warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const)('with the least level %s it prints %j', (level, expected) => {
  const lines: string[] = [];
  const logger = jsonLogger((line) => lines.push(line), {
    ...(level === undefined ? {} : { level }),
    now: () => new Date(0),
    facts: { process: 'runner' },
  });
  for (const each of LOG_LEVELS) logger[each]('said', { size: 2n });
  const time = '1970-01-01T00:00:00.000Z';
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    expected.map((each) => ({ time, level: each, message: 'said', process: 'runner', size: '2' })),
  );
});
