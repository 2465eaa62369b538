import { describe, expect, it } from 'vitest';
import { normaliseMac } from '../../adapters/mac.ts';
import { FixtureMethods } from '../../adapters/simulator/tapo-fixture.ts';
import { capture } from '../../adapters/tapo/capture.ts';
import { type CompleteFixture, fixtureSchema } from '../../adapters/tapo/fixture.ts';
import { SmartProtocol } from '../../adapters/tapo/protocol.ts';
import { completeTapoFixtures } from '../support/tapo-fixtures.ts';

/** What a capture of the device behind these methods gives. */
async function captureOf(methods: FixtureMethods, { transport, discovery, source }: CompleteFixture) {
  const carrier = { send: async (text: string) => JSON.parse(methods.answer(text)), forgetSession: () => {} };
  return capture(new SmartProtocol('the plug', carrier), 'the plug', {
    mac: null,
    kind: () => transport.kind,
    discovery: async () => discovery && { mac: normaliseMac(String(discovery.mac)) ?? '', raw: discovery },
    source,
  });
}

describe.each(completeTapoFixtures())('a capture of the device of $file', ({ fixture }) => {
  it('is that fixture again, to the last value', async () => {
    const captured = await captureOf(new FixtureMethods(fixture), fixture);
    expect(fixtureSchema.parse(captured)).toEqual({
      ...fixture,
      region: expect.anything(),
      children: statedInFull(fixture),
    });
  });

  it('asks nothing twice but the pages of a list, and never what is known to harm a plug', async () => {
    const methods = new FixtureMethods(fixture);
    await captureOf(methods, fixture);
    const ownReads = methods.asked.filter((method) => method !== 'control_child');
    const outlets = Math.max(1, fixture.children.length);
    for (const method of new Set(ownReads))
      expect(ownReads.filter((each) => each === method).length, method).toBeLessThanOrEqual(outlets + 1);
    for (const method of ['get_led_info', 'get_latest_fw', 'get_wireless_scan_info'])
      expect(ownReads).not.toContain(method);
    expect(ownReads.filter((method) => !/^(get_|component_nego$)/.test(method))).toEqual([]);
  });
});

/** What an outlet does not state is as in the first: a capture states it of each. */
function statedInFull({ children }: CompleteFixture): CompleteFixture['children'] {
  const [first] = children;
  return children.map((child) => ({
    ...child,
    info: { ...first?.info, ...child.info },
    components: first?.components,
  }));
}

describe('what a capture shows of a studio', () => {
  const OWN = {
    nickname: 'Salle de Camille',
    ssid: 'Livebox-7F3A',
    mac: '9C-53-22-7A-4E-D1',
    childMac: '9C53227A4ED1',
    device_id: '8022E3A1B4C5D6F708192A3B4C5D6E7F80912A3B',
    child_id: '8022E3A1B4C5D6F708192A3B4C5D6E7F80912A3B02',
    owner: 'B58996C504C5638798EB6B511E6F49AF',
    ip: '192.168.77.123',
    location: '12 rue des Lilas',
    token: 'f3e0c55d0a7b',
    note: 'key under the mat',
  };
  const POSITION = { latitude: 488566, longitude: 23522 };

  function studioOf(file: string): CompleteFixture {
    const fixture = structuredClone(completeTapoFixtures().find((each) => each.file === file)?.fixture);
    if (!fixture) throw new Error(`no fixture ${file}`);
    const personal = {
      ...POSITION,
      nickname: Buffer.from(OWN.nickname).toString('base64'),
      ssid: Buffer.from(OWN.ssid).toString('base64'),
      device_id: OWN.device_id,
      mac: OWN.mac,
      ip: OWN.ip,
      location: OWN.location,
      access_token: OWN.token,
      avatar: OWN.note,
      rooms: [{ name: OWN.nickname, [OWN.childMac]: OWN.note, cost: 488566 }],
      overheat_status: OWN.ssid,
      region: OWN.location,
      signal_level: OWN.note,
    };
    Object.assign(fixture.methods.get_device_info ?? {}, personal);
    Object.assign(fixture.discovery ?? {}, { ...personal, owner: OWN.owner });
    for (const { info, methods } of fixture.children) {
      const { position } = info;
      Object.assign(info, personal, { device_id: OWN.child_id + position, mac: OWN.childMac });
      Object.assign(methods.get_energy_usage ?? {}, { site: OWN.location, geo: POSITION });
    }
    return fixture;
  }

  it.each(['P110(AU)_1.0_1.3.1.json', 'P316M(US)_1.6_1.0.5.json', 'P300(EU)_1.0_1.0.15.json'])(
    'of %s: no name, network, place, address, id or word that is not known, in any form',
    async (file) => {
      const studio = studioOf(file);
      const captured = await captureOf(new FixtureMethods(studio), studio);
      const text = JSON.stringify(captured, null, 2).toLowerCase();
      const separators = /[-:.]/g;
      for (const own of [...Object.values(OWN), OWN.mac.slice(9), OWN.mac.slice(9).replace(separators, '')])
        for (const form of [own, Buffer.from(own).toString('base64'), Buffer.from(own).toString('hex')])
          expect(text).not.toContain(form.toLowerCase());
      for (const number of Object.values(POSITION)) expect(text).not.toContain(String(number));
      // Not a single value of these fields is needed to describe the model.
      expect(captured.methods.get_device_info).toMatchObject({ mac: '9C-53-22-00-00-00', latitude: 0, longitude: 0 });
      expect(fixtureSchema.parse(JSON.parse(JSON.stringify(captured)))).toMatchObject({ model: studio.model });
    },
  );

  it('keeps what a developer needs: model, versions, measurements, states, and the names of unknown fields', async () => {
    const studio = studioOf('P110(AU)_1.0_1.3.1.json');
    Object.assign(studio.methods.get_emeter_data ?? {}, { energy_mwh: 1234, power_factor: 0.93 });
    const { methods } = await captureOf(new FixtureMethods(studio), studio);
    expect(methods.get_emeter_data).toEqual({
      ...{ current_ma: 0, energy_mwh: 1234, energy_wh: 0, power_factor: 0, power_mw: 0, voltage_mv: 238609 },
    });
    expect(methods.get_device_info).toMatchObject({ fw_ver: studio.firmware, power_protection_status: 'normal' });
  });
});
