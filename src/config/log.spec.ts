import { afterEach, expect, it } from 'vitest';
import { LOG_LEVELS } from '../../model/log-level.js';
import { JsonLogger, log, logFrom, logTo } from './log.js';

afterEach(() => {
  logFrom('info');
  logTo((line) => process.stdout.write(line));
});

it.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const)('from %s on the log has %j', (level, expected) => {
  const lines: string[] = [];
  logTo((line) => lines.push(line));
  logFrom(level);
  for (const each of LOG_LEVELS) log(each, 'said');
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
});

it('has what Nest says of its start at debug only', () => {
  const lines: string[] = [];
  logTo((line) => lines.push(line));
  new JsonLogger().log('Mapped {/v1/pipelines, GET} route', 'RouterExplorer');
  expect(lines).toEqual([]);
  logFrom('debug');
  new JsonLogger().log('Mapped {/v1/pipelines, GET} route', 'RouterExplorer');
  expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'debug', context: 'RouterExplorer' });
});
