import { PassThrough } from 'node:stream';
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
