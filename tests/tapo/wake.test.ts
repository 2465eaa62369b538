import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import { DISCOVERY_PORT, probePacket } from '../../adapters/tapo/packet.ts';
import { PlugUnreachable } from '../../model/errors.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

/** A loopback address of its own, so that nothing else answers on the discovery port. */
const PLUG_ADDRESS = '127.0.0.82';

describe('the probe that wakes a plug', () => {
  describe('on the network', () => {
    const received: Buffer[] = [];
    const plug = createSocket('udp4').on('message', (packet) => received.push(packet));
    let bound = false;
    beforeEach(async () => {
      bound = await new Promise((resolve) => {
        plug.once('error', () => resolve(false));
        plug.bind(DISCOVERY_PORT, PLUG_ADDRESS, () => resolve(true));
      });
    });
    afterEach(() => plug.close());

    it('is sent when a plug refuses connections, as firmware 1.4.6 does after a power cut', async (test: TestContext) => {
      if (!bound) test.skip(`UDP ${PLUG_ADDRESS}:${DISCOVERY_PORT} can't be bound here`);
      const settings = { adapter: 'tapo' as const, host: PLUG_ADDRESS, port: 1, pollSeconds: 10 };
      const clock = new FakeClock();
      const device = tapoFactory(adapterDeps({ clock, secret: () => 'x' }), 0)({ id: 'key-light' }, settings);
      let outcome: unknown = null;
      device.read().catch((error: unknown) => {
        outcome = error;
      });
      await until('the probe arrives', () => received.length > 0);
      await until('the plug is given up', async () => {
        await clock.advance(100);
        return outcome !== null;
      });
      expect(outcome).toBeInstanceOf(PlugUnreachable);
      await device.stop();
      const packet = received[0] ?? Buffer.alloc(16);
      const payload = packet.subarray(16).toString();
      const key: string = JSON.parse(payload).params.rsa_key;
      expect(key).toMatch(/^-----BEGIN PUBLIC KEY-----/);
      expect(packet).toEqual(probePacket(packet.readUInt32BE(8), key));
    });
  });
});
