import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SimulatedObs } from '../../adapters/simulator/obs.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type SourcesStudio, sourcesStudio } from './studio.ts';

const obs = new SimulatedObs('sesame');
const folder = tempFolder();
let studio: SourcesStudio;
beforeAll(async () => {
  await obs.start();
  studio = await sourcesStudio(folder, { obs: { url: obs.url } }, { obs_password: 'sesame' });
});
afterAll(async () => {
  await studio.close();
  await obs.stop();
});

const obsSays = (says: string) =>
  until(`OBS says ${says}`, async () => (await studio.status()).sources[0]?.says === says);
const lightIs = (on: boolean) => until(`the light is ${on ? 'on' : 'off'}`, () => studio.light.relay === on);

describe('the whole daemon with OBS', () => {
  test('a stream is a live, its end cuts the light, the next one restores it', async () => {
    await obsSays('off');
    obs.startStream();
    await studio.phaseIs('live');
    Object.assign(obs.stream, { bytes: 5_000_000, totalFrames: 300, skippedFrames: 4 });
    obs.stopped();
    await studio.phaseIs('standby');
    await lightIs(false);
    expect(await studio.api<object[]>('sessions')).toMatchObject([{ startedBy: 'obs', endedBy: 'obs' }]);
    obs.startStream();
    await lightIs(true);
  });

  test('OBS dies in mid-live: the live goes on and nothing is cut; ended by a person, it is over', async () => {
    await studio.phaseIs('live');
    await obs.stop();
    await obsSays('unknown');
    expect(await studio.status()).toMatchObject({ phase: 'live' });
    expect(studio.light.relay).toBe(true);
    await studio.api('sessions/current/end', { method: 'POST' });
    await lightIs(false);
  });

  test('OBS is back and lost again between lives: nothing may be cut, and it is said why', async () => {
    obs.stream.active = false;
    await obs.start();
    await obsSays('off');
    await obs.stop();
    await obsSays('unknown');
    expect((await studio.status()).problems).toContainEqual(
      expect.objectContaining({
        code: 'doubt-lost',
        text: expect.stringMatching(
          /^nothing is cut: not known whether a live runs\. obs: OBS at ws:.* is not reached/,
        ),
      }),
    );
    const { plugs } = await studio.api<{ plugs: { reasons: { text: string }[] }[] }>('policy/preview');
    expect(plugs[0]?.reasons[0]?.text).toContain('not known whether a live runs. obs');
  });
});
