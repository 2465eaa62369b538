import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaMtxSource } from '../../adapters/mediamtx/index.ts';
import { SimulatedMediaMtx } from '../../adapters/simulator/mediamtx.ts';
import type { SourceReport } from '../../model/signals.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { sourcesStudio } from './studio.ts';

let server: SimulatedMediaMtx;
let clock: FakeClock;
let source: MediaMtxSource | null;
let reports: SourceReport[];
beforeEach(async () => {
  server = new SimulatedMediaMtx();
  await server.start();
  clock = new FakeClock();
  source = null;
  reports = [];
});
afterEach(async () => {
  await source?.stop();
  await server.stop();
});

const watch = (settings: { path?: string; username?: string; password?: string } = {}) => {
  const { path = null, username = null, password } = settings;
  source = new MediaMtxSource({ url: server.url, path, username, password }, clock);
  source.start((report) => reports.push(report));
};
const says = (what: SourceReport['says'], detail = '') =>
  until(`it says ${what} ${detail}, not ${JSON.stringify(reports.at(-1))}`, () => {
    const last = reports.at(-1);
    return last?.says === what && last.detail.text.includes(detail);
  });
/** It is asked once more, and has answered. */
const again = async (afterMs = 3000) => {
  const count = reports.length;
  await clock.advance(afterMs);
  await until('it was asked again', () => reports.length > count);
};
const path = (name: string, online: boolean, inboundBytes = 0) => ({ name, online, inboundBytes });

describe('MediaMTX as a source', () => {
  test.each([false, true])('is on while any path is published, off when none is (old version: %s)', async (old) => {
    server.old = old;
    server.paths = [path('idle', false), path('live/one', true, 100)];
    watch();
    await says('on', 'MediaMTX: 1');
    server.paths = [path('live/one', true, 200), path('live/two', true, 100)];
    await again();
    await says('on', 'MediaMTX: 2');
    server.paths = [];
    await again();
    await says('off');
  });

  test('a path that shows a waiting picture is not on air', async () => {
    server.paths = [{ ...path('live', false), alwaysAvailable: true }];
    watch();
    await says('off');
  });

  test('looks at one path only when configured, on whatever page it is, and names none', async () => {
    server.paths = Array.from({ length: 250 }, (_, i) => path(`camera-${i}`, true, i));
    watch({ path: 'secret-key' });
    await says('off');
    server.paths.push(path('secret-key', true, 1));
    await again();
    await says('on');
    expect(server.asked).toBe(6);
    expect(JSON.stringify(reports)).not.toContain('secret-key');
  });

  test('a stream of which nothing comes any more is on air still, and it is said', async () => {
    server.paths = [path('live', true, 100)];
    watch();
    await says('on');
    for (let i = 0; i < 5; i += 1) await again();
    await says('on', 'nothing has come for 15 s');
    server.paths = [path('live', true, 200)];
    await again();
    expect(reports.at(-1)?.detail.code).toBe('mediamtx-published');
  });

  test('lost is unknown; asked ever more seldom, it is on or off when it is back', async () => {
    server.paths = [path('live', true)];
    watch();
    await says('on');
    await server.stop();
    await again();
    await says('unknown', 'ECONNREFUSED');
    await again(6000);
    const count = reports.length;
    await clock.advance(11_000);
    expect(reports).toHaveLength(count);
    await server.start();
    await again(4000);
    await says('on');
  });

  test('enters with the password, and says what to do when it does not', async () => {
    server.user = 'offair:sesame';
    watch();
    await says('unknown', 'set username and the secret mediamtx_password');
    await source?.stop();
    watch({ username: 'offair', password: 'sesame' });
    await says('off');
    expect(JSON.stringify(reports)).not.toContain('sesame');
  });

  test.each([
    ['another service', { status: 404, body: 'not found' }, 'it answers 404: is this the address of its API'],
    ['a page', { status: 200, body: '<html>' }, 'no list of paths'],
    ['other JSON', { status: 200, body: '{"items":[{"name":1}]}' }, 'no list of paths'],
    ['pages without end', { status: 200, body: '{"pageCount":1000000,"items":[]}' }, 'more than 2000 paths'],
  ])('%s at its address is unknown', async (_what, broken, detail) => {
    server.broken = broken;
    watch();
    await says('unknown', detail);
  });
});

const folder = tempFolder();

test('the whole daemon with MediaMTX: a stream is a live, its end cuts the light', async () => {
  const studio = await sourcesStudio(folder, { mediamtx: { url: server.url } });
  const ask = () => until('it is on air or not', async () => (await studio.status()).sources[0]?.says !== 'unknown');
  try {
    await ask();
    server.paths = [path('live', true)];
    await studio.phaseIs('live');
    server.paths = [];
    await studio.phaseIs('standby');
    await until('the light is off', () => !studio.light.relay);
  } finally {
    await studio.close();
  }
});
