import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock as clock } from '../../daemon/clock.ts';
import type { Daemon } from '../../daemon/run.ts';
import { Api, daemonOf, Plugs } from '../faults/daemon-studio.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const folder = tempFolder();
const STUDIOS = ['paris', 'lyon'] as const;
type Studio = (typeof STUDIOS)[number];

describe('two studios on one broker', () => {
  let plugs: Plugs;
  const daemons: Daemon[] = [];
  const apis = {} as Record<Studio, Api>;
  /** The last message of each topic. */
  const said = new Map<string, string>();
  let listener: mqtt.MqttClient;

  beforeAll(async () => {
    plugs = await Plugs.start(clock);
    listener = await mqtt.connectAsync(plugs.broker.url);
    listener.on('message', (topic, payload) => said.set(topic, payload.toString()));
    await listener.subscribeAsync('#');
    for (const studio of STUDIOS) await plugs.addShelly(`${studio}-light`, 100);
    const all = (await plugs.config(folder)).plugs as object[];
    for (const [index, studio] of STUDIOS.entries()) {
      const own = join(folder, studio);
      mkdirSync(own);
      const config = await plugs.config(own, {
        studio: { id: studio, name: studio, country: 'NZ', timeZone: 'Pacific/Auckland' },
        switching: { dryRun: false, graceSeconds: 3600 },
        homeAssistant: {},
        // The same name for each: a plug's id is one of its studio.
        plugs: [{ ...all[index], id: 'light' }],
      });
      daemons.push(await daemonOf(config, clock));
      apis[studio] = new Api(`http://127.0.0.1:${(config.api as { port: number }).port}`);
    }
    for (const studio of STUDIOS) await apis[studio].allOnline();
  });
  afterAll(async () => {
    for (const daemon of daemons) await daemon.stop();
    await listener.endAsync();
    await plugs.stop();
  });

  const phaseOf = async (studio: Studio) => (await apis[studio].call('status')).json.phase;

  test('each says and hears under its own name alone', async () => {
    await until('both are announced', () => STUDIOS.every((studio) => said.has(`offair/${studio}/state`)));
    const ours = [...said.keys()].filter((topic) => /^(offair|homeassistant)/.test(topic));
    const owner =
      /^(offair\/(paris|lyon)\/|offair\/offair-(paris|lyon)-[0-9a-f]{8}\/status$|offair-(paris|lyon)-[0-9a-f]{8}\/|homeassistant\/device\/offair-(paris|lyon)\/config$)/;
    for (const topic of ours) expect(topic).toMatch(owner);
    const of = (studio: Studio) =>
      ours
        .filter((topic) => topic.includes(studio))
        .map((topic) => topic.replace(studio, '').replaceAll(/[0-9a-f]{8,12}/g, ''));
    expect(of('paris').sort()).toEqual(of('lyon').sort());
    const devices = STUDIOS.map((studio) =>
      JSON.parse(said.get(`homeassistant/device/offair-${studio}/config`) ?? '{}'),
    );
    const ids = devices.flatMap(({ components }) => Object.values(components as Record<string, { unique_id: string }>));
    expect(new Set(ids.map(({ unique_id }) => unique_id)).size).toBe(ids.length);
  });

  test('a live that is told to one is none of the other, and a plug of the same name is switched in one alone', async () => {
    listener.publish('offair/paris/session/set', 'live');
    await until('Paris is live', async () => (await phaseOf('paris')) === 'live');
    expect(await phaseOf('lyon')).toBe('standby');
    listener.publish('offair/paris/session/set', 'end');
    await until('Paris is over', async () => (await phaseOf('paris')) === 'standby');

    listener.publish('offair/paris/plugs/light/set', 'OFF');
    await until('its light is off', () => plugs.outlets.get('paris-light')?.relay === false);
    expect(plugs.outlets.get('lyon-light')?.relay).toBe(true);
    expect((await apis.lyon.call('switching/log')).json.entries ?? []).toEqual([]);
  });
});
