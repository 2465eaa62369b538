import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { SessionConflict } from '../../api/deps.ts';
import { Sessions } from '../../daemon/sessions.ts';
import { Signals } from '../../daemon/signals.ts';
import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });

/** Says what the test tells it to say. */
class Puppet implements SessionSource {
  readonly name = 'obs';
  readonly role = 'witness';
  readonly trusted = true;
  say: (says: SourceReport['says'], stream?: SourceReport['stream']) => void = () => {};
  start(report: (report: SourceReport) => void): void {
    this.say = (says, stream) => report({ says, detail: sourceWords('obs-idle'), ...(stream && { stream }) });
  }
  async stop(): Promise<void> {}
}

describe('the session follows its sources', () => {
  const folder = tempFolder();
  let clock: FakeClock;
  let journal: SqliteJournal;
  let sessions: Sessions;
  let signals: Signals;
  let obs: Puppet;
  let statuses: string[];
  let kept: unknown;
  let keeping: () => unknown;
  let count = 0;

  const start = async () => {
    obs = new Puppet();
    sessions = new Sessions({
      ...{ clock, log, journal },
      onChange: (status, phase) => {
        statuses.push(`${status} ${phase}`);
        signals.changed();
      },
      onOver: (by) => signals.over(by),
    });
    signals = new Signals({
      ...{ clock, log, sessions, sources: [obs] },
      settings: { endAfterMs: 30_000, endStartedByHand: false },
      recall: async () => kept,
      keep: (_, value) => {
        keeping = value;
      },
      onChange: () => {},
    });
    await signals.restore();
    await sessions.restore(true);
    signals.start();
  };
  const stop = async () => {
    await signals.stop();
    await sessions.stop();
    kept = JSON.parse(JSON.stringify(keeping()));
  };
  const running = () => until('a session runs', () => sessions.current !== null);
  const ended = () =>
    until('no session runs', async () => {
      await clock.advance(1000);
      // Time passes no faster than the real journal can follow.
      await journal.state('signals');
      return sessions.current === null;
    });

  beforeEach(async () => {
    clock = new FakeClock();
    statuses = [];
    kept = undefined;
    count += 1;
    journal = new SqliteJournal(join(folder, `journal-${count}.sqlite`), { clock });
    await journal.open();
    await start();
  });
  afterEach(async () => {
    await stop();
    await journal.close();
  });

  test('nobody is told that no session runs before the sources are heard', () => {
    expect(statuses).toEqual(['unknown standby']);
    obs.say('off');
    expect(sessions.status).toBe('none');
  });

  test('on air starts a live, off air for a while ends it, and both are kept with who said so', async () => {
    obs.say('on');
    await running();
    expect(sessions.current).toMatchObject({ startedBy: 'obs', phases: [{ phase: 'live' }] });
    obs.say('off');
    await ended();
    expect(statuses.at(-1)).toBe('none standby');
    expect((await journal.sessions(1))[0]).toMatchObject({ startedBy: 'obs', endedBy: 'obs' });
  });

  test('ended by hand while it is on air, at no moment does it look as if nobody needed anything', async () => {
    obs.say('on');
    await running();
    await sessions.end('api');
    expect(statuses).not.toContain('none standby');
    expect(sessions).toMatchObject({ status: 'unknown', doubt: { code: 'doubt-on-air' } });
    await expect(sessions.end('api')).rejects.toThrow('nothing is cut: obs says on air');
    obs.say('off');
    await until('it is known', () => sessions.status === 'none');
  });

  test('for a source that is lost a person may speak', async () => {
    obs.say('off');
    obs.say('unknown');
    await until('it is not known', () => sessions.status === 'unknown');
    await expect(sessions.end('api')).rejects.toThrow(SessionConflict);
    expect(sessions.status).toBe('none');
  });

  test('a live goes on over a restart of offair, and its end is seen', async () => {
    obs.say('on');
    await running();
    const id = sessions.current?.id;
    await stop();
    await clock.advance(60_000);
    await start();
    expect(sessions.current?.id).toBe(id);
    obs.say('off');
    await ended();
  });

  test('what the encoder sent is kept with the session, once, also over a restart', async () => {
    const totals = (sentBytes: number) => ({ sentBytes, totalFrames: sentBytes / 10, droppedFrames: 1 });
    obs.say('on', totals(1000));
    await running();
    await until('it is kept', () => sessions.current?.stream?.sentBytes === 1000);
    const id = sessions.current?.id ?? '';
    await stop();
    await start();
    obs.say('on', totals(1500));
    await until('it goes on', () => sessions.current?.stream?.sentBytes === 1500);
    obs.say('off', totals(1800));
    await until('the last of it', () => sessions.current?.stream?.sentBytes === 1800);
    await ended();
    expect((await journal.session(id))?.stream).toEqual({ sentBytes: 1800, totalFrames: 180, droppedFrames: 1 });
  });

  test('what could not be followed when the session was changed meanwhile is followed then', async () => {
    const totals = (sentBytes: number) => ({ sentBytes, totalFrames: 1, droppedFrames: 0 });
    obs.say('on', totals(1));
    await running();
    const setStream = sessions.setStream.bind(sessions);
    sessions.setStream = () => {
      sessions.setStream = setStream;
      signals.changed();
      return Promise.reject(new SessionConflict('somebody was first'));
    };
    obs.say('off', totals(2));
    await ended();
  });

  test('says of each source since when and when it was last heard', async () => {
    obs.say('off');
    const heardAtMs = clock.nowMs();
    await clock.advance(5000);
    obs.say('unknown');
    expect(signals.view()).toEqual([
      {
        ...{
          name: 'obs',
          role: 'witness',
          trusted: true,
          says: 'unknown',
          detail: sourceWords('obs-idle'),
          remarks: [],
        },
        ...{ sinceMs: clock.nowMs(), heardAtMs },
      },
    ]);
  });
});
