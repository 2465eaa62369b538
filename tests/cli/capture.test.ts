import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SimulatedTapoUdp } from '../../adapters/simulator/tapo-udp.ts';
import { type CompleteFixture, fixtureSchema } from '../../adapters/tapo/fixture.ts';
import { DISCOVERY_PORT } from '../../adapters/tapo/packet.ts';
import { systemClock } from '../../daemon/clock.ts';
import { offair } from '../support/offair.ts';
import { completeTapoFixtures } from '../support/tapo-fixtures.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { expected, fixtureBench, said } from '../tapo/fixture-bench.ts';
import { ACCOUNT } from '../tapo/studio.ts';

const folder = tempFolder();
/** A loopback address of its own, so that nothing else answers on the discovery port. */
const PLUG_ADDRESS = `127.94.${(process.pid >> 8) & 255}.${(process.pid & 127) + 1}`;
const ENV = { OFFAIR_TAPO_USERNAME: ACCOUNT.username, OFFAIR_TAPO_PASSWORD: ACCOUNT.password, XDG_STATE_HOME: folder };

function studioFile(plug: string): string {
  const file = join(folder, 'studio.yaml');
  const monitor = '  - { id: monitor, name: Monitor, adapter: shelly, device: shellyplus1pm-aabbccddeeff }';
  writeFileSync(
    file,
    `studio: { id: a, name: A }\nmqtt: { url: mqtt://127.0.0.1:9 }\nplugs:\n  - { id: key-light, name: Key light, ${plug} }\n${monitor}\n`,
  );
  return file;
}

function fixtureOf(file: string): CompleteFixture {
  return structuredClone(completeTapoFixtures().find((each) => each.file === file)?.fixture) ?? expect.unreachable();
}

describe('offair capture', () => {
  it.each([
    ['plug', 'P110M(AU)_1.0_1.2.3.json', ''],
    ['strip', 'P300(EU)_1.0_1.0.15.json', ', outlet: 2'],
  ])(
    'writes a fixture that reads like the %s, beside a daemon that goes on (%s)',
    async (_kind, file, outlet) => {
      const fixture = fixtureOf(file);
      const ssid = Buffer.from('Livebox-7F3A').toString('base64');
      Object.assign(fixture.methods.get_device_info ?? {}, { ssid, latitude: 488566, mac: '9C-53-22-7A-4E-D1' });
      const bench = await fixtureBench(fixture, systemClock, PLUG_ADDRESS);
      const network = new SimulatedTapoUdp();
      network.startDeaf(DISCOVERY_PORT);
      try {
        const label = {
          mac: '9C-53-22-7A-4E-D1',
          model: `${fixture.model}(${fixture.region})`,
          owner: ACCOUNT.username,
        };
        await network.join({ host: PLUG_ADDRESS, httpPort: bench.port, ...label });
        const [daemon] = bench.plugs;
        const before = await daemon?.read();
        const config = studioFile(`adapter: tapo, host: ${bench.host}, port: ${bench.port}${outlet}`);
        const out = join(folder, 'out.json');
        const { code, stdout, stderr } = await offair(['capture', 'key-light', '--config', config, '--out', out], ENV);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toContain(`${out}: what the device of key-light answers`);

        const text = readFileSync(out, 'utf8');
        for (const own of ['Livebox', ssid, '488566', '7A-4E-D1', PLUG_ADDRESS]) expect(text).not.toContain(own);
        const captured = fixtureSchema.parse(JSON.parse(text));
        if (!captured.complete) throw new Error('not complete');
        const { model, region, hardware, firmware, transport } = fixture;
        expect(captured).toMatchObject({ model, region, hardware, firmware, transport });
        expect(expected(captured)).toEqual(expected(fixture));

        const again = await fixtureBench(captured, systemClock);
        try {
          const reading = await again.plugs[0]?.read();
          expect(reading && said(reading)).toEqual(before && said(before));
        } finally {
          await again.close();
        }
        const after = await daemon?.read();
        expect(after && said(after)).toEqual(before && said(before));
      } finally {
        await network.stop();
        await bench.close();
      }
    },
    30_000,
  );

  it('says which plugs can be captured, and which there are', async () => {
    const config = studioFile('adapter: tapo, host: 127.0.0.1');
    expect(await offair(['capture', 'monitor', '--config', config], ENV)).toMatchObject({
      code: 1,
      stderr: 'monitor is a shelly plug: only plugs with adapter tapo can be captured\n',
    });
    expect(await offair(['capture', 'moniter', '--config', config], ENV)).toMatchObject({
      code: 1,
      stderr: `${config} has no plug moniter; it has key-light, monitor\n`,
    });
    expect(await offair(['capture', 'key-light'], ENV)).toMatchObject({ code: 2 });
  }, 20_000);
});
