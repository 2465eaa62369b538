import { expect, test } from 'vitest';
import { EncoderWattsSource } from '../../adapters/encoder-watts/index.ts';
import { studioSchema } from '../../config/schema.ts';
import type { HistoryBucket, SessionRecord } from '../../model/ports.ts';
import type { SourceReport } from '../../model/signals.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { sourcesStudio } from './studio.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** An encoder that drew 100 W in each past live of an hour, and 69 W otherwise. */
function studio(pastLives: number, startedBy = 'api') {
  const clock = new FakeClock();
  const sessions = Array.from({ length: pastLives }, (_, i): SessionRecord => {
    const startedAtMs = clock.nowMs() - (i + 1) * 24 * HOUR_MS;
    return {
      ...{ id: `s${i}`, title: null, audience: [], startedBy, endedBy: startedBy },
      ...{ startedAtMs, endedAtMs: startedAtMs + HOUR_MS, phases: [{ phase: 'live', atMs: startedAtMs }] },
    };
  });
  const onAir = (atMs: number) => sessions.some((one) => one.startedAtMs <= atMs && atMs < (one.endedAtMs ?? 0));
  const minutes = async (fromMs: number, toMs: number) => {
    const buckets: HistoryBucket[] = [];
    for (let startMs = fromMs; startMs < toMs; startMs += MINUTE_MS)
      buckets.push({ startMs, meanWatts: onAir(startMs) ? 100 : 69, maxWatts: 120, readings: 6 });
    return buckets;
  };
  const settings = { plug: 'encoder-pc', thresholds: null, holdMs: 120_000, decides: false };
  const source = new EncoderWattsSource(settings, { clock, sessions: async () => sessions, minutes });
  const reports: SourceReport[] = [];
  source.start((report) => reports.push(report));
  const last = () => reports.at(-1);
  const draw = async (watts: number, forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 5000) {
      source.reading({ watts, monotonicMs: clock.monotonicMs() });
      await clock.advance(5000);
    }
  };
  return { clock, source, last, draw };
}

test('an encoder is learned from past lives, and then tells a live from its draw, not from a spike', async () => {
  const { source, last, draw, clock } = studio(5);
  expect(last()).toMatchObject({ says: 'unknown', detail: { code: 'encoder-looking' } });
  await draw(69, 180_000);
  expect(last()).toMatchObject({
    says: 'off',
    detail: { text: 'encoder-pc draws 69 W: a live from 89 W, none up to 80 W' },
    remarks: [{ text: 'learned from 5 lives' }],
  });
  await draw(250, 20_000);
  expect(last()?.says).toBe('off');
  await draw(100, 120_000);
  expect(last()?.says).toBe('on');
  await draw(85, 600_000);
  expect(last()?.says).toBe('on');
  await clock.advance(180_000);
  expect(last()).toMatchObject({ says: 'unknown', detail: { text: 'not known what encoder-pc draws' } });
  await source.stop();
});

test('nothing is learned from too few lives, nor from those that it told of itself', async () => {
  for (const { source, last, draw } of [studio(2), studio(9, 'encoder-watts')]) {
    await draw(100, 180_000);
    expect(last()).toMatchObject({ says: 'unknown', detail: { code: 'encoder-learning' } });
    await source.stop();
  }
});

test('the configuration needs a plug that there is, and both thresholds or none, in their order', () => {
  const parse = (encoderWatts: object) =>
    studioSchema.safeParse({
      studio: { id: 'a', name: 'A' },
      sessionSources: { encoderWatts },
      mqtt: { url: 'mqtt://127.0.0.1' },
      plugs: [{ id: 'pc', name: 'PC', adapter: 'shelly', device: 'shellyplugsg3-8cbfeaa133f1' }],
    }).success;
  expect(parse({ plug: 'pc' })).toBe(true);
  expect(parse({ plug: 'laptop' })).toBe(false);
  expect(parse({ plug: 'pc', idleWatts: 80 })).toBe(false);
  expect(parse({ plug: 'pc', idleWatts: 80, liveWatts: 70 })).toBe(false);
});

const folder = tempFolder();

test('the whole daemon begins a live by the draw where nothing else can tell, and cuts nothing in it', async () => {
  const encoderWatts = { plug: 'light', idleWatts: 30, liveWatts: 60, holdSeconds: 1, decides: true };
  const { light, ...daemon } = await sourcesStudio(folder, { encoderWatts });
  try {
    await daemon.phaseIs('live');
    expect(await daemon.api<object[]>('sessions')).toMatchObject([{ startedBy: 'encoder-watts' }]);
    expect(light.relay).toBe(true);
  } finally {
    await daemon.close();
  }
});
