import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionConflict } from '../../api/deps.ts';
import { Sessions } from '../../daemon/sessions.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FullableJournal } from '../support/fullable-journal.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
const BY = { title: null, phase: 'setup' as const, by: 'api' };

describe('sessions', () => {
  const folder = tempFolder();
  let clock: FakeClock;
  let journal: FullableJournal;
  let sessions: Sessions;
  let told: string[];
  let count = 0;

  const make = () => {
    const onChange = (status: string, phase: string) => told.push(`${status} ${phase}`);
    return new Sessions({ clock, log, journal, onChange });
  };
  beforeEach(async () => {
    clock = new FakeClock();
    told = [];
    count += 1;
    journal = new FullableJournal(join(folder, `journal-${count}.sqlite`), { clock });
    await journal.open();
    sessions = make();
    await sessions.restore(true);
  });
  afterEach(async () => {
    await sessions.stop();
    await journal.close();
  });

  test('one at a time, each change told and kept', async () => {
    const { id } = await sessions.start(BY);
    await expect(sessions.start(BY)).rejects.toThrow(SessionConflict);
    await sessions.setPhase('live', 'obs');
    await sessions.end('api');
    await expect(sessions.setPhase('live', 'api')).rejects.toThrow(SessionConflict);
    expect(told).toEqual(['none standby', 'unknown standby', 'running setup', 'running live', 'none standby']);
    expect((await journal.session(id))?.endedBy).toBe('api');
  });

  test('a live that began meanwhile is not ended by who means another one, or none', async () => {
    await expect(sessions.end('api', 'of-yesterday')).rejects.toThrow('nothing was ended');
    const { id } = await sessions.start({ ...BY, phase: 'live' });
    for (const meant of [null, 'of-yesterday'])
      await expect(sessions.end('api', meant)).rejects.toThrow('nothing was ended');
    expect(sessions).toMatchObject({ status: 'running', current: { id } });
    await sessions.end('api', id);
    expect(sessions.status).toBe('none');
  });

  test('that no live runs is only taken while none does', async () => {
    const next = make();
    await next.restore(false);
    await expect(next.end('api', null)).rejects.toThrow('offair did not know, and now does');
    expect(next.status).toBe('none');
  });

  test('a session that runs at a stop runs after the start', async () => {
    const { id } = await sessions.start(BY);
    const next = make();
    await next.restore(true);
    expect(next).toMatchObject({ status: 'running', current: { id } });
  });

  test('a full disk does not stop a live: it runs, is told as not kept, and is kept when there is room', async () => {
    journal.full = true;
    const { id } = await sessions.start(BY);
    expect(sessions).toMatchObject({ status: 'running', trouble: expect.stringContaining('not in the journal') });
    journal.full = false;
    await clock.advance(6000);
    await until('the session is kept', async () => (await journal.session(id)) !== null);
    expect(sessions.trouble).toBeNull();
  });

  test('from the moment a live is asked for nothing may be cut, however slow the disk is', async () => {
    const disk = Promise.withResolvers<void>();
    journal.slow = disk.promise;
    const begun = sessions.start({ ...BY, phase: 'live' });
    expect(sessions).toMatchObject({ status: 'unknown', doubt: { code: 'doubt-beginning' } });
    const ended = sessions.end('api');
    const again = sessions.start({ ...BY, phase: 'live' });
    disk.resolve();
    await begun;
    clock.stepWall(1000);
    await Promise.all([ended, again]);
    expect(sessions.doubt).toBeNull();
    expect(told).toEqual([
      ...['none standby', 'unknown standby', 'running live'],
      // The live that is over is followed by one that was asked for already.
      ...['unknown standby', 'running live'],
    ]);
  });

  test('with the journal lost nobody knows, until somebody says', async () => {
    const next = make();
    await next.restore(false);
    expect(next.status).toBe('unknown');
    await expect(next.end('api')).rejects.toThrow('offair did not know, and now does');
    expect(next.status).toBe('none');
  });

  test('a step of the wall clock carries no moment into or out of a session', async () => {
    await clock.advance(60_000);
    const { id } = await sessions.start(BY);
    await clock.advance(60_000);
    const owner = () => sessions.labels.findLast(({ fromMs }) => fromMs <= clock.nowMs())?.sessionId ?? null;
    expect(owner()).toBe(id);
    clock.stepWall(-3_600_000);
    expect(owner()).toBe(id);
    await sessions.end('api');
    await clock.advance(1000);
    expect(owner()).toBeNull();
    clock.stepWall(7_200_000);
    expect(owner()).toBeNull();
    const within = sessions.labels.findLast(({ fromMs }) => fromMs <= clock.nowMs() - 31_000);
    expect(within?.sessionId).toBe(id);
  });

  describe('after a clock that was ahead was put right, and a restart', () => {
    const owner = (of: Sessions) => of.labels.findLast(({ fromMs }) => fromMs <= clock.nowMs())?.sessionId ?? null;
    const restart = async () => {
      await sessions.stop();
      clock.stepWall(-3 * 3_600_000);
      sessions = make();
      await sessions.restore(true);
      await clock.advance(1000);
    };

    test('the live that runs still gets its energy', async () => {
      const { id } = await sessions.start(BY);
      await restart();
      expect(owner(sessions)).toBe(id);
    });

    test('a live that has ended gets no more, neither now nor when its written times come round', async () => {
      await sessions.start(BY);
      await clock.advance(60_000);
      await sessions.end('api');
      await restart();
      expect(owner(sessions)).toBeNull();
      const { id } = await sessions.start(BY);
      for (let hour = 0; hour < 8; hour += 1) {
        await clock.advance(1_800_000);
        expect(owner(sessions)).toBe(id);
      }
    });
  });

  test('what could not be written is written at the stop', async () => {
    const { id } = await sessions.start(BY);
    journal.full = true;
    await sessions.end('api');
    journal.full = false;
    await sessions.stop();
    expect((await journal.session(id))?.endedAtMs).not.toBeNull();
  });

  test('every viewer figure is kept once, also when the disk was full for a while', async () => {
    const { id } = await sessions.start(BY);
    await sessions.setAudience(100);
    journal.full = true;
    await sessions.setAudience(200);
    await sessions.setAudience(300);
    expect(sessions.trouble).not.toBeNull();
    journal.full = false;
    await clock.advance(6000);
    await sessions.setAudience(400);
    expect((await journal.session(id))?.audience.map(({ viewers }) => viewers)).toEqual([100, 200, 300, 400]);
    expect(sessions.trouble).toBeNull();
  });
});
