import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiDeps } from '../../api/deps.ts';
import { systemClock } from '../../daemon/clock.ts';
import { HomeAssistant } from '../../daemon/home-assistant.ts';
import { JournalFull } from '../../model/errors.ts';
import { mosquittoPub, mosquittoRetained } from '../support/mosquitto.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type MqttStudio, mqttStudio } from './studio.ts';

const CONFIG = 'homeassistant/device/offair-studio-a/config';
const STATE = 'offair/studio-a/state';
const folder = tempFolder();
let at: MqttStudio;
beforeAll(async () => {
  at = await mqttStudio(folder);
});
afterAll(() => at.close());

type Config = {
  device: Record<string, unknown>;
  origin: Record<string, unknown>;
  availability_topic: string;
  components: Record<string, Record<string, unknown>>;
};
const config = () => JSON.parse(at.last.get(CONFIG) || '{}') as Config;
const state = () =>
  JSON.parse(at.last.get(STATE) || '{}') as Record<string, unknown> & {
    plugs?: Record<string, { watts: number | null; relay: string | null }>;
  };
const lightIs = (relay: 'ON' | 'OFF') =>
  until(`the light is shown ${relay}`, () => state().plugs?.light?.relay === relay);

describe('Home Assistant', () => {
  test('is told of the studio by one retained message in its device format', async () => {
    await until('it is announced', () => at.last.has(CONFIG));
    expect(JSON.parse(mosquittoRetained(at.broker.port, CONFIG))).toEqual(config());
    const { device, origin, components } = config();
    expect(device.identifiers).toEqual(['offair-studio-a']);
    expect(origin.name).toBe('offair');
    // What its documentation demands: only these may stand at the root, and each entity has its own id and platform.
    const shared = ['availability_topic', 'payload_available', 'payload_not_available', 'state_topic', 'qos'];
    expect(Object.keys(config()).sort()).toEqual(['components', 'device', 'origin', ...shared].sort());
    const ids = Object.values(components).map(({ unique_id }) => unique_id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [key, component] of Object.entries(components)) {
      expect(['sensor', 'binary_sensor', 'switch'], key).toContain(component.platform);
      expect(component.device_class, key).not.toBe('carbon_dioxide');
      expect(String(component.unique_id), key).toMatch(/^[a-zA-Z0-9_-]+$/);
    }
    expect(components.grams_per_hour).toMatchObject({ unit_of_measurement: 'g/h' });
    expect(components.watts).toMatchObject({ device_class: 'power', unit_of_measurement: 'W' });
  });

  test('sees availability by the will of offair, and every value in one state', async () => {
    expect(at.last.get(config().availability_topic)).toBe('online');
    await lightIs('ON');
    await until('the watts are there', () => state().watts === 92);
    expect(state()).toMatchObject({
      phase: 'standby',
      on_air: 'OFF',
      alarm: 'OFF',
      session_wh: null,
      plugs: { camera: { watts: 12, relay: 'ON' }, light: { watts: 80, relay: 'ON' } },
    });
  });

  test('switches a plug that may be cut, through the policy, and sees it', async () => {
    expect(config().components.plug_light_switch).toMatchObject({
      command_topic: 'offair/studio-a/plugs/light/set',
      // A command that waits in Home Assistant for the broker would come late.
      qos: 0,
      retain: false,
    });
    mosquittoPub(at.broker.port, 'offair/studio-a/plugs/light/set', 'OFF');
    await until('the light is off', () => !at.outlets.light.relay);
    await lightIs('OFF');
    mosquittoPub(at.broker.port, 'offair/studio-a/plugs/light/set', 'ON');
    await until('the light is on', () => at.outlets.light.relay);
    await lightIs('ON');
  });

  test('has no switch for an essential plug, and a command for it does nothing', async () => {
    expect(config().components.plug_camera_watts).toBeDefined();
    expect(config().components.plug_camera_switch).toBeUndefined();
    mosquittoPub(at.broker.port, 'offair/studio-a/plugs/camera/set', 'OFF');
    await until('it was refused', () => at.log.some((line) => line.includes('was refused')));
    expect(at.outlets.camera.relay).toBe(true);
  });

  test('can not cut a light of a running live by a retained or a wrong command', async () => {
    await at.daemon.sessions.start({ title: null, phase: 'live', by: 'test' });
    for (const [payload, retained] of [
      ['OFF', true],
      ['off please', false],
    ] as const) {
      mosquittoPub(at.broker.port, 'offair/studio-a/plugs/light/set', payload, retained);
    }
    await until('both are told', () => at.log.some((line) => line.includes('neither ON nor OFF')));
    await at.restart({});
    await until('the retained one is told', () => at.log.some((line) => line.includes('retained command')));
    await lightIs('ON');
    expect(at.outlets.light.relay).toBe(true);
    mosquittoPub(at.broker.port, 'offair/studio-a/plugs/light/set', '', true);
    await at.daemon.sessions.end('test');
  });

  test('is told again when it is born', async () => {
    await until('it is announced', () => at.last.has(CONFIG));
    at.last.delete(CONFIG);
    at.last.delete(STATE);
    let announcements = 0;
    const stop = await at.other.subscribe(CONFIG, ({ retained }) => {
      if (!retained) announcements += 1;
    });
    for (let birth = 0; birth < 5; birth += 1) mosquittoPub(at.broker.port, 'homeassistant/status', 'online');
    // The retained message that the subscription brings is none of them.
    await until('it is announced again', () => announcements > 0 && at.last.has(STATE));
    // Its birth said again in the same moment is answered once.
    await systemClock.sleep(1000);
    stop();
    expect(announcements).toBe(1);
  });

  test('is told again when the broker comes back', async () => {
    await at.broker.down();
    at.last.clear();
    await at.broker.up();
    await until('it is announced again', () => at.last.has(CONFIG) && at.last.has(STATE));
  });

  test('forgets a plug that is no longer configured', async () => {
    await at.restart({ plugs: ['camera'] });
    await until('it is announced', () => at.last.has(CONFIG));
    expect(config().components.plug_light_switch).toEqual({ platform: 'switch' });
    expect(config().components.plug_light_watts).toEqual({ platform: 'sensor' });
    await at.restart({ plugs: ['camera'] });
    await until('it is announced', () => at.last.has(CONFIG));
    expect(config().components.plug_light_switch).toBeUndefined();
  });

  test('forgets the studio when it is no longer configured', async () => {
    await at.restart({ homeAssistant: false });
    await until('it is taken back', () => at.last.get(CONFIG) === '' && at.last.get(STATE) === '');
    expect(mosquittoRetained(at.broker.port, CONFIG)).toBe('');
    await systemClock.sleep(0);
  });

  test('that can not be noted for lack of room is told, and ends nothing', async () => {
    const before = { topic: CONFIG, stateTopic: STATE, components: {} };
    const lines: string[] = [];
    const off = new HomeAssistant({
      ...{ bus: at.other, clock: systemClock, random: () => 0, api: {} as ApiDeps, hasRelay: () => false },
      memory: { recall: async () => before, keep: () => Promise.reject(new JournalFull('the disk is full')) },
      log: pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }),
      ...{ discoveryPrefix: null, pageUrl: null },
    });
    await off.start();
    await until('it is told', () => lines.join('').includes('home-assistant-unkept'));
    off.stop();
  });
});
