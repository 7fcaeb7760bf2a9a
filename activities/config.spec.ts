import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ConfigOutcome, readConfig, type RunnerConfig } from './config.js';

function configOf(outcome: ConfigOutcome): RunnerConfig {
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  return outcome.config;
}
const problemsOf = (outcome: ConfigOutcome): readonly string[] =>
  outcome.kind === 'problems' ? outcome.problems : [];

describe('configuration of a task runner', () => {
  it('needs a worker group only', () => {
    const config = configOf(readConfig(['--worker-group', 'onprem'], {}));
    expect(config.taskQueue).toBe('wg:onprem');
    expect(config.temporal).toMatchObject({ address: '127.0.0.1:7233', namespace: 'default' });
    expect(config.home).toMatch(/^\/.*\/\.penstock$/);
    expect(config.defaultLogUri).toBe(`file://${config.home}/logs/attempts`);
  });

  it('lets arguments win over the environment', () => {
    const env = {
      PENSTOCK_WORKER_GROUP: 'a',
      TEMPORAL_ADDRESS: 'h:1',
      PENSTOCK_HOME: '/a',
      PENSTOCK_RUNNER_TASKS: '3',
    };
    expect(configOf(readConfig([], env))).toMatchObject({ taskQueue: 'wg:a', home: '/a', tasks: 3 });
    expect(configOf(readConfig(['--worker-group', 'b', '--tasks=4'], env))).toMatchObject({
      taskQueue: 'wg:b',
      tasks: 4,
    });
  });

  it('reports all problems at once, each with the value', () => {
    const env = {
      TEMPORAL_ADDRESS: 'nowhere',
      PENSTOCK_AWS_ENDPOINT_URL: 's3.local',
      PENSTOCK_LOG_URI: '/logs',
      PENSTOCK_LOG_LEVEL: 'loud',
    };
    expect(problemsOf(readConfig(['--tasks', '0'], env))).toEqual([
      'no worker group: give --worker-group or PENSTOCK_WORKER_GROUP',
      'PENSTOCK_AWS_ENDPOINT_URL "s3.local" is no http:// or https:// URL',
      'Temporal address "nowhere" is not host:port, such as 127.0.0.1:7233',
      'log URI "/logs" is neither s3://bucket/prefix nor file:///absolute/path',
      '--tasks "0" is no whole number from 1 to 1000',
      'PENSTOCK_LOG_LEVEL="loud": expected debug, info, warn, error',
    ]);
  });

  it.each([['--workergroup=x'], ['positional'], ['--home=']])('refuses the argument %s', (argument) => {
    expect(problemsOf(readConfig([argument, '--worker-group=a'], {})).length).toBeGreaterThan(0);
  });

  it('never shows a secret key', () => {
    const wrong = `${randomBytes(20).toString('base64')}`;
    const outcome = readConfig(['--worker-group', 'a'], { PENSTOCK_SECRET_KEY: wrong });
    expect(problemsOf(outcome)).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toContain(wrong);
  });

  it('keeps its own variables from commands, and gives them the endpoint', () => {
    const { commandEnvironment } = configOf(
      readConfig(['--worker-group', 'a'], {
        PATH: '/bin',
        PENSTOCK_SECRET_KEY: randomBytes(32).toString('hex'),
        TEMPORAL_API_KEY: 'k',
        DATABASE_URL: 'postgres://u:p@h/d',
        AWS_PROFILE: 'p',
        PENSTOCK_AWS_ENDPOINT_URL: 'http://127.0.0.1:9000',
      }),
    );
    expect(commandEnvironment).toEqual({
      PATH: '/bin',
      AWS_PROFILE: 'p',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9000',
    });
  });

  it('prints help', () => {
    expect(readConfig(['--help'], {})).toMatchObject({ kind: 'help' });
  });
});
