import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mosquittoPub, mosquittoRetained } from '../support/mosquitto.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type MqttStudio, mqttStudio } from './studio.ts';

const TOPIC = 'offair/studio-a/session';
const folder = tempFolder();
let at: MqttStudio;
beforeAll(async () => {
  at = await mqttStudio(folder);
});
afterAll(() => at.close());

const say = (payload: string, retain = false) => mosquittoPub(at.broker.port, `${TOPIC}/set`, payload, retain);
const state = () =>
  JSON.parse(at.last.get(TOPIC) ?? '{}') as { phase?: string; onAir?: boolean; title?: string | null };
const phaseIs = (phase: string) => until(`the phase is ${phase}`, () => state().phase === phase);
const sessions = async () =>
  (await (await fetch(`${at.daemon.url}/api/v1/sessions`)).json()) as { startedBy: string }[];

describe('the session topic', () => {
  test('says the state, retained', async () => {
    await phaseIs('standby');
    expect(JSON.parse(mosquittoRetained(at.broker.port, TOPIC))).toEqual({
      phase: 'standby',
      onAir: false,
      id: null,
      title: null,
      startedAt: null,
    });
  });

  test('starts, changes and ends a live in plain words', async () => {
    say('setup');
    await phaseIs('setup');
    say('LIVE');
    await phaseIs('live');
    expect(state().onAir).toBe(true);
    say('end');
    await phaseIs('standby');
    expect((await sessions())[0]).toMatchObject({ startedBy: 'mqtt', endedBy: 'mqtt' });
  });

  test('and in JSON, with a title', async () => {
    say('{"phase":"rehearsal","title":"Matinale"}');
    await phaseIs('rehearsal');
    expect(state().title).toBe('Matinale');
    say('{"action":"end"}');
    await phaseIs('standby');
  });

  test('to say the same again does no harm', async () => {
    const before = (await sessions()).length;
    for (const word of ['live', 'live', 'start', 'live']) say(word);
    await phaseIs('live');
    for (const word of ['end', 'end']) say(word);
    await phaseIs('standby');
    expect((await sessions()).length).toBe(before + 1);
    expect(at.last.get(`${TOPIC}/error`)).toBeUndefined();
  });

  test.each([
    ...['', 'lights off', '{"phase":"party"}', '[1]', '{"action":"end","phase":"live"}', 'x'.repeat(5000)],
    ...['{}', '{"title":"Matinale"}', '{"action":"phase"}'],
  ])('answers what means nothing with what is possible: %j', async (payload) => {
    at.last.delete(`${TOPIC}/error`);
    say(payload);
    await until('the error is there', () => at.last.has(`${TOPIC}/error`));
    expect(at.last.get(`${TOPIC}/error`)).toContain('expected start, end, setup, rehearsal, live, wrap');
    expect(state().phase).toBe('standby');
  });

  test.each(['wrap', '{"phase":"wrap"}', '{"action":"phase","phase":"live"}'])(
    'begins no live by a change of one that is over: %j',
    async (payload) => {
      at.last.delete(`${TOPIC}/error`);
      say(payload);
      await until('the error is there', () => at.last.has(`${TOPIC}/error`));
      expect(at.last.get(`${TOPIC}/error`)).toContain('no live is running');
      expect(state().phase).toBe('standby');
    },
  );

  test('does not begin a live that somebody announced long ago', async () => {
    say('live', true);
    await phaseIs('live');
    say('end');
    await phaseIs('standby');
    await at.restart({});
    await until('it is told', () => at.log.some((line) => line.includes('retained message lies on')));
    await phaseIs('standby');
  });
});
