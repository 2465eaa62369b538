import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedTapoUdp } from '../../adapters/simulator/tapo-udp.ts';
import { probe } from '../../adapters/tapo/probe.ts';
import { systemClock } from '../../daemon/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

describe('a probe of one device', () => {
  const network = new SimulatedTapoUdp();
  let port = 0;
  beforeEach(async () => {
    port = await network.start();
  });
  afterEach(() => network.stop());

  it('brings what it says of itself, whole', async () => {
    await network.join({ host: '127.0.0.1', httpPort: 8080, mac: '9C-53-22-00-00-01', model: 'P110(EU)' });
    const reply = await probe({ ...adapterDeps({ clock: systemClock }), port }, '127.0.0.1');
    expect(reply).toMatchObject({ mac: '9C5322000001', model: 'P110', httpPort: 8080 });
    expect(reply?.raw).toMatchObject({ device_model: 'P110(EU)', mgt_encrypt_schm: { encrypt_type: 'KLAP', lv: 2 } });
  });

  it('is repeated, and gives up after 4 s without answer', async () => {
    const clock = new FakeClock();
    let answered: unknown;
    void probe({ ...adapterDeps({ clock }), port }, '127.0.0.1').then((reply) => {
      answered = reply;
    });
    await until('it gives up', async () => {
      await clock.advance(100);
      return answered !== undefined;
    });
    expect(answered).toBeNull();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(4000);
  });
});
