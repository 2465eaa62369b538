import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../daemon/log.ts';

function logged(env: NodeJS.ProcessEnv = {}) {
  const stream = new PassThrough();
  const lines: { level: number; msg: string; event?: string; password?: string }[] = [];
  stream.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line));
  });
  return { ...createLog(env, stream), lines };
}

describe('the log', () => {
  test('can be told to say more, and less again, while every part writes to it', () => {
    const { log, level, lines } = logged();
    const part = log.child({ part: 'mqtt' });
    const quiet = log.child({}, { level: 'error' });
    part.debug('not told');
    level.set('debug');
    part.debug('told');
    part.child({ deeper: true }).debug('told too');
    quiet.warn('keeps its own level');
    level.set('info');
    part.debug('not told again');
    expect(lines.filter(({ event }) => event !== 'log-level').map(({ msg }) => msg)).toEqual(['told', 'told too']);
    expect(lines.filter(({ event }) => event === 'log-level')).toHaveLength(2);
  });

  test('begins at OFFAIR_LOG_LEVEL, at info when that is no level, and hides what looks like a secret', () => {
    expect(logged({ OFFAIR_LOG_LEVEL: 'warn' }).level.get()).toBe('warn');
    const { log, level, lines } = logged({ OFFAIR_LOG_LEVEL: 'loud' });
    expect(level.get()).toBe('info');
    log.info({ password: 'hunter2' }, 'who');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  test('forgets the loggers of requests that are over', () => {
    const { log, level } = logged();
    for (let count = 0; count < 5000; count += 1) log.child({ request: count });
    const child = log.child({});
    level.set('debug');
    expect(child.level).toBe('debug');
  });
});

describe('what offair logs', () => {
  test('has an event that stays the same, small words joined by dashes, and of one place each', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const files = ['daemon', 'adapters', 'api'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => join(root, room, name)),
    );
    const events = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const calls = readFileSync(file, 'utf8').matchAll(
          /\blog\.(?:info|warn|error|fatal)\(\s*\{\s*event: '([^']*)'/g,
        );
        return [...calls].map(([, event = '']) => event);
      });
    expect(events.length).toBeGreaterThan(20);
    for (const event of events) expect(event).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(new Set(events).size).toBe(events.length);
  });
});
