import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../daemon/clock.ts';
import { type SourcesStudio, sourcesStudio } from '../signals/studio.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { NginxRtmp } from './nginx-rtmp.ts';
import { RealObs } from './obs.ts';

const GRACE_SECONDS = 3;
/** Longer than the end after, the grace and all patience of a decision together. */
const LONG_ENOUGH_MS = 12_000;

describe.skipIf(process.env.OFFAIR_OBS === undefined)('a real OBS (npm run test:obs)', { timeout: 120_000 }, () => {
  const folder = tempFolder();
  let nginx: NginxRtmp;
  let obs: RealObs;
  let studio: SourcesStudio;

  beforeAll(async () => {
    nginx = new NginxRtmp(await freePort());
    obs = new RealObs(nginx.url('live'));
    await obs.start();
    studio = await sourcesStudio(
      folder,
      { obs: { url: obs.url }, rtmpHooks: true, endAfterSeconds: 1 },
      { obs_password: obs.password },
      { graceSeconds: GRACE_SECONDS },
    );
    await nginx.start(`${studio.daemon.url}/api/v1/hooks/rtmp`);
  }, 180_000);
  afterAll(async () => {
    await studio?.close();
    await obs?.close();
    await nginx?.stop();
  }, 60_000);

  const says = (name: string, what: string) =>
    until(`${name} says ${what}`, async () => {
      const { sources } = await studio.status();
      return sources.find((source) => source.name === name)?.says === what;
    });
  const switchings = async () =>
    (await studio.api<{ entries: { to: string; outcome: string; at: string }[] }>('switching/log')).entries;
  const lightIs = (on: boolean) => until(`the light is ${on ? 'on' : 'off'}`, () => studio.light.relay === on);

  test('goes live: the session is live, the RTMP server has called too, and nothing is cut', async () => {
    await says('obs', 'off');
    await obs.call('StartStream');
    await studio.phaseIs('live');
    await says('rtmp', 'on');
    await systemClock.sleep(LONG_ENOUGH_MS);
    expect(studio.light.relay).toBe(true);
    expect(await switchings()).toEqual([]);
  });

  test('stops: the light is cut, not before the grace period is over, and what was sent is kept', async () => {
    await obs.call('StopStream');
    await studio.phaseIs('standby');
    const [session] =
      await studio.api<{ endedAt: string; endedBy: string; stream: { sentBytes: number } }[]>('sessions');
    await says('rtmp', 'off');
    await lightIs(false);
    await until('it is in the log', async () => (await switchings()).length === 1);
    const [cut] = await switchings();
    expect(cut).toMatchObject({ to: 'off', outcome: 'verified' });
    expect(Date.parse(cut?.at ?? '') - Date.parse(session?.endedAt ?? '')).toBeGreaterThanOrEqual(GRACE_SECONDS * 1000);
    expect(session?.endedBy).toBe('obs');
    // 300 kbit/s for more than LONG_ENOUGH_MS, of a picture in which nothing moves.
    expect(session?.stream.sentBytes).toBeGreaterThan(10_000);
  });

  test('goes live again: the light is restored', async () => {
    await obs.call('StartStream');
    await studio.phaseIs('live');
    await lightIs(true);
    await until('it is in the log', async () => (await switchings())[0]?.to === 'on');
    expect((await switchings())[0]).toMatchObject({ outcome: 'verified' });
  });

  test('is killed in mid-live: nobody knows, the live goes on, and nothing is cut although the server heard the end', async () => {
    await studio.phaseIs('live');
    const before = await switchings();
    await obs.kill();
    await says('obs', 'unknown');
    await says('rtmp', 'off');
    await systemClock.sleep(LONG_ENOUGH_MS);
    expect(await studio.status()).toMatchObject({ phase: 'live', onAir: true });
    expect(studio.light.relay).toBe(true);
    expect(await switchings()).toEqual(before);
  });

  test('is started again without a stream: now it is known, the session ends and the light is cut', async () => {
    await obs.start();
    await says('obs', 'off');
    await studio.phaseIs('standby');
    await lightIs(false);
  });

  test('a stream that the RTMP server asks for by on_publish goes out, and is told', async () => {
    const streamServiceSettings = { server: nginx.url('hooked'), key: 'a-secret-key' };
    await obs.call('SetStreamServiceSettings', { streamServiceType: 'rtmp_custom', streamServiceSettings });
    await obs.call('StartStream');
    await says('rtmp', 'on');
    await systemClock.sleep(3000);
    expect(await obs.call('GetStreamStatus')).toMatchObject({ outputActive: true, outputReconnecting: false });
    await obs.call('StopStream');
    await says('rtmp', 'off');
  });
});
