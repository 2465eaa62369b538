import { OBSWebSocket } from 'obs-websocket-js/json';
import { afterEach, describe, expect, test } from 'vitest';
import { ObsSource } from '../../adapters/obs/index.ts';
import { ObsOutputs } from '../../adapters/obs/outputs.ts';
import { obsAuthentication, SimulatedObs } from '../../adapters/simulator/obs.ts';
import type { SourceReport } from '../../model/signals.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function studio(options: { password?: string; known?: string; recording?: boolean } = {}) {
  const { password = 'sesame', known = password, recording = false } = options;
  const clock = new FakeClock();
  const obs = new SimulatedObs(password);
  await obs.start();
  ended.push(() => obs.stop());
  const reports: SourceReport[] = [];
  const source = new ObsSource({ url: obs.url, password: known, recording }, { clock, random: () => 0.5 });
  const watch = () => source.start((report) => reports.push(report));
  ended.push(() => source.stop());
  const says = (what: SourceReport['says'], detail = '') =>
    until(`it says ${what} ${detail}, not ${JSON.stringify(reports.at(-1))}`, () => {
      const last = reports.at(-1);
      return last?.says === what && last.detail.text.includes(detail);
    });
  /** Lets the clock run, a second at a time, until it says so. */
  const saysInTime = async (what: SourceReport['says'], detail = '') => {
    const words = () => reports.at(-1);
    await until(`it says ${what} ${detail}`, async () => {
      await clock.advance(250);
      return words()?.says === what && (words()?.detail.text ?? '').includes(detail);
    });
  };
  return { clock, obs, reports, watch, says, saysInTime };
}

describe('the simulated OBS', () => {
  test('authenticates as in the known vector', () => {
    const salt = 'lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=';
    const challenge = '+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=';
    const answer = obsAuthentication('supersecretpassword', salt, challenge);
    expect(answer).toBe('1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4=');
  });

  test('lets the independent client in with the password and not without', async () => {
    const obs = new SimulatedObs('sesame');
    await obs.start();
    const client = new OBSWebSocket();
    await expect(client.connect(obs.url, 'wrong')).rejects.toMatchObject({ code: 4009 });
    expect(await client.connect(obs.url, 'sesame')).toMatchObject({ negotiatedRpcVersion: 1 });
    expect(await client.call('GetStreamStatus')).toMatchObject({ outputActive: false });
    await client.disconnect();
    await obs.stop();
  });
});

describe('OBS as a source', () => {
  test('is read at the connection: a stream that began before is on air', async () => {
    const { obs, watch, says } = await studio();
    obs.startStream();
    watch();
    await says('on', 'OBS streams');
  });

  test('is on from STARTED until STOPPED, also while it stops, and hears STOPPED twice', async () => {
    const { clock, obs, watch, says, reports } = await studio();
    watch();
    await says('off');
    obs.startStream();
    await says('on');
    obs.stopping();
    await says('on', 'ending');
    await clock.advance(10_000);
    await until('it was asked again', () => reports.length >= 4);
    await says('on', 'ending');
    obs.stopped();
    obs.stopped();
    await says('off');
  });

  test('is on air while it reconnects, also when no event says so', async () => {
    const { clock, obs, watch, says } = await studio();
    watch();
    await says('off');
    obs.startStream();
    obs.reconnecting();
    await says('on', 'reconnects');
    obs.stopped();
    await says('off');
    obs.startStream();
    await says('on');
    obs.reconnecting(true);
    await clock.advance(10_000);
    await says('on', 'reconnects');
  });

  test('a crash is unknown, not off air, and what it finds after is read anew', async () => {
    const { obs, watch, says, saysInTime } = await studio();
    watch();
    await says('off');
    obs.startStream();
    await says('on');
    await obs.stop();
    await says('unknown', 'not reached');
    obs.stream.active = false;
    await obs.start();
    await saysInTime('off');
  });

  test('a crash while it does not stream is unknown too', async () => {
    const { obs, watch, says } = await studio();
    watch();
    await says('off');
    await obs.stop();
    await says('unknown');
  });

  test('closed by a person while it does not stream it stays off; while it streams it is unknown', async () => {
    const { clock, obs, watch, says, saysInTime } = await studio();
    watch();
    await says('off');
    await obs.exit();
    await says('off', 'closed');
    for (let minute = 0; minute < 5; minute += 1) await clock.advance(60_000);
    await says('off', 'closed');
    obs.startStream();
    await obs.start();
    await saysInTime('on');
    await obs.exit();
    await says('unknown');
  });

  test('a host that vanished is noticed by the missing answer', async () => {
    const { clock, obs, watch, says, saysInTime } = await studio();
    watch();
    await says('off');
    obs.frozen = true;
    const beforeMs = clock.monotonicMs();
    await saysInTime('unknown', 'no answer within 5 s');
    expect(clock.monotonicMs() - beforeMs).toBeLessThanOrEqual(15_250);
    obs.frozen = false;
    await saysInTime('off');
  });

  test('a wrong password is told with what to do, without the password, and tried again once a minute', async () => {
    const { clock, obs, watch, says, reports } = await studio({ known: 'wrong-word' });
    watch();
    await says('unknown', 'set the secret obs_password');
    expect(JSON.stringify(reports)).not.toContain('wrong-word');
    const count = reports.length;
    await clock.advance(59_000);
    expect(reports).toHaveLength(count);
    await clock.advance(2000);
    await until('it was tried again', () => reports.length > count);
    expect(obs.identified).toBe(0);
  });

  test('thrown out, it does not come back by itself', async () => {
    const { clock, obs, watch, says } = await studio();
    watch();
    await says('off');
    obs.kick();
    await says('unknown', 'threw offair out');
    await clock.advance(600_000);
    expect(obs.identified).toBe(1);
  });

  test('recording counts only when configured', async () => {
    const deaf = await studio();
    deaf.watch();
    await deaf.says('off');
    deaf.obs.record(true);
    await deaf.clock.advance(10_000);
    await until('it was asked again', () => deaf.reports.length >= 2);
    expect(deaf.reports.map(({ says }) => says)).not.toContain('on');

    const { obs, watch, says } = await studio({ recording: true });
    obs.record(true);
    watch();
    await says('on', 'records');
    obs.record(false);
    await says('off');
  });

  test('tells what was sent and dropped, also when the stream is over', async () => {
    const { clock, obs, watch, says, reports } = await studio();
    watch();
    await says('off');
    obs.startStream();
    await says('on');
    Object.assign(obs.stream, { bytes: 155_847, totalFrames: 41, skippedFrames: 3 });
    await clock.advance(10_000);
    await until('it is told', () => reports.at(-1)?.stream?.sentBytes === 155_847);
    obs.stopped();
    await says('off');
    expect(reports.at(-1)?.stream).toEqual({ sentBytes: 155_847, totalFrames: 41, droppedFrames: 3 });
  });
});

test('a start that fails was never on air', () => {
  const outputs = new ObsOutputs(false);
  expect(outputs.streamChanged('OBS_WEBSOCKET_OUTPUT_STARTING')).toBe(false);
  outputs.streamChanged('OBS_WEBSOCKET_OUTPUT_STOPPED');
  expect(outputs.report().says).toBe('off');
});
