import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from './paths.mjs';

const read = (file) => readFileSync(join(ROOT, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);

/** `dist/src/main.js` is built of `src/main.ts`. */
const sourceOf = (built) => built.replace(/^dist\//, '').replace(/\.js$/, '.ts');

describe('docker-compose.yml', () => {
  it('has the processes of production', () => {
    expect(ours.map(([name]) => name)).toEqual(['api', 'control-worker', 'runner']);
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['postgresql', 'temporal', 'temporal-ui']),
    );
  });

  it.each(ours)('%s runs a file that the build makes, from one image', (_, service) => {
    expect(service.command[0]).toBe('node');
    expect(existsSync(join(ROOT, sourceOf(service.command[1])))).toBe(true);
    expect(service.image).toBe(ours[0][1].image);
  });

  it('gives the database to the API and the control worker, never to a task runner', () => {
    expect(ours.filter(([, { environment }]) => environment.DATABASE_URL).map(([name]) => name)).toEqual([
      'api',
      'control-worker',
    ]);
  });

  it('holds no secret: each comes from .env, and .env.example names it', () => {
    const wanted = [...read('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    const named = Object.values(compose.secrets).map(({ environment }) => environment);
    for (const name of new Set([...wanted, ...named])) expect(read('.env.example')).toMatch(`\n${name}=\n`);
    expect(read('.gitignore')).toMatch(/^\.env$/m);
    expect(read('.dockerignore')).toMatch(/^\.env$/m);
  });

  it.each(services)('%s waits for healthy services only, and they have a check', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(condition).toBe('service_healthy');
      expect(compose.services[name].healthcheck?.test).toBeDefined();
    }
  });

  it('publishes on this host only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('names every volume, secret and configuration that it uses', () => {
    for (const [, service] of services) {
      for (const volume of service.volumes ?? [])
        expect(compose.volumes).toHaveProperty(volume.split(':')[0]);
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
      for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty(source);
    }
  });
});

describe('Dockerfile', () => {
  it('runs as a user without rights, and names every process', () => {
    const text = read('Dockerfile');
    expect(text.slice(text.lastIndexOf('FROM '))).toMatch(/^USER node$/m);
    for (const [, { command }] of ours) expect(text).toContain(command[1]);
  });
});
