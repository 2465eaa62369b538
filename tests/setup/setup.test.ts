import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlugAdapter } from '../../adapters/adapter.ts';
import { discoverOverMqtt } from '../../adapters/shelly/discovery-mqtt.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../daemon/clock.ts';
import { type Answers, NO_ANSWERS, readAnswers } from '../../daemon/setup/answers.ts';
import { type Asker, Cancelled } from '../../daemon/setup/asker.ts';
import { setUp } from '../../daemon/setup/index.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { offair } from '../support/offair.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../../daemon/offair.ts', import.meta.url));

const folder = tempFolder();
const DEVICES = ['shellyplugsg3-02aa00000001', 'shellyplugsg3-02aa00000002'];
const MACS = ['02AA00000001', '02AA00000002'];

let broker: Mosquitto;
let shellys: SimulatedShelly[] = [];
let file = '';
beforeEach(async () => {
  broker = await startMosquitto({ offair: 'a-broker-secret', plug: 'plug' });
  const brokerUrl = broker.url.replace('//', '//plug:plug@');
  shellys = DEVICES.map((device, index) => {
    const outlet = new SimulatedOutlet(systemClock, () => 10 * (index + 1));
    return new SimulatedShelly({ clock: systemClock, outlet, brokerUrl, device });
  });
  for (const shelly of shellys) await shelly.start();
  file = join(mkdtempSync(join(folder, 'home-')), 'studio.yaml');
});
afterEach(async () => {
  for (const shelly of shellys) await shelly.stop();
  await broker.stop();
});

const shellyOnBroker: PlugAdapter = {
  ...(shellyAdapter as PlugAdapter),
  discover: ({ mqtt, ...deps }, { found, signal }) =>
    mqtt ? discoverOverMqtt({ ...deps, mqtt, ears: mqtt }, found, signal) : Promise.resolve(),
};

const STUDIO = { id: 'studio-a', name: 'Studio A', country: 'BE', timeZone: 'Europe/Brussels' };
function answers(more: Partial<Answers> = {}): Answers {
  const sections = { studio: STUDIO, mqtt: { url: broker.url, username: 'offair' } };
  return { ...NO_ANSWERS, sections, secrets: { mqtt_password: 'a-broker-secret' }, ...more };
}

async function run(options: { answers?: Answers; asker?: Asker; searchMs?: number }): Promise<string> {
  const said: string[] = [];
  await setUp({
    ...{ file, env: {}, clock: systemClock, random: seeded(1), networkInterface: '127.0.0.1' },
    // Others on this machine may simulate plugs in the network: those on the broker are ours alone.
    adapters: [shellyOnBroker],
    ...{
      searchMs: options.searchMs ?? 1500,
      answers: options.answers ?? null,
      print: (text: string) => said.push(text),
    },
    ...(options.asker && { asker: options.asker }),
  });
  return said.join('\n');
}

/** A person who answers by the first words of the question; anything else with what is offered. */
function person(words: Record<string, string | boolean | (() => never)>): { asker: Asker; heard: string[] } {
  const heard: string[] = [];
  const answer = (question: string) => {
    heard.push(question);
    const key = Object.keys(words).find((start) => question.startsWith(start));
    const given = key === undefined ? undefined : words[key];
    return typeof given === 'function' ? given() : given;
  };
  const asker: Asker = {
    begin: () => {},
    end: () => {},
    async text({ question, initial = '', wrong }) {
      const given = String(answer(question) ?? initial);
      expect(wrong?.(given) ?? null, question).toBeNull();
      return given;
    },
    password: async (question) => String(answer(question) ?? ''),
    confirm: async (question, initial) => Boolean(answer(question) ?? initial),
    choose: async (question, _choices, initial) => (answer(question) as typeof initial | undefined) ?? initial,
    say: (text) => heard.push(text),
    warn: (text) => heard.push(text),
    busy: (_text, work) => work(() => {}),
  };
  return { asker, heard };
}

describe('offair setup', () => {
  test('from answers makes a commented studio.yaml that loads, with its secrets apart and for us alone', async () => {
    const said = await run({
      answers: answers({
        plugs: {
          '02-AA-00-00-00-01': { id: 'camera', name: 'Caméra', kind: 'camera' },
          [MACS[1] ?? '']: { name: 'Key light', kind: 'light', essential: false, idleWatts: 'any' },
        },
      }),
    });
    expect(said).toMatch(/camera: .* at [\w.-]+, 10\.0 W/);
    const config = loadConfig(file);
    expect(config).toMatchObject({ studio: STUDIO, switching: { dryRun: true } });
    // In the order in which they were found.
    expect(config.plugs.toSorted((one, other) => one.id.localeCompare(other.id))).toMatchObject([
      { id: 'camera', essential: true, kind: 'camera', device: DEVICES[0] },
      { id: 'key-light', name: 'Key light', essential: false, idleWatts: 'any' },
    ]);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('country: BE # Chooses the grid');
    expect(text).not.toContain('a-broker-secret');
    const secret = join(file, '..', 'secrets', 'mqtt_password');
    expect(readFileSync(secret, 'utf8')).toBe('a-broker-secret\n');
    expect([statSync(secret).mode & 0o777, statSync(join(secret, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(shellys.map(({ executed }) => executed)).toEqual([[], []]);
  });

  test('run again adds what is new, keeps every comment and what was there, and a copy of the file as it was', async () => {
    await run({ answers: answers({ plugs: { [MACS[0] ?? '']: { id: 'camera', name: 'Camera' } }, others: 'leave' }) });
    const before = readFileSync(file, 'utf8').replace('studio:\n', '# ours alone\nstudio:\n');
    writeFileSync(file, before);
    await run({ answers: NO_ANSWERS });
    const after = readFileSync(file, 'utf8');
    for (const line of before.split('\n')) expect(after.split('\n')).toContain(line);
    expect(loadConfig(file).plugs).toMatchObject([{ id: 'camera' }, { device: DEVICES[1], essential: true }]);
    const [copy] = readdirSync(join(file, '..')).filter((name) => name.startsWith('studio.yaml.before-'));
    expect(readFileSync(join(file, '..', copy ?? ''), 'utf8')).toBe(before);
    expect(await run({ answers: NO_ANSWERS })).toContain('stays as it is');
  });

  test('asks a person for what it needs, tries each account before it goes on, and shows what each plug draws', async () => {
    const passwords = ['wrong', 'a-broker-secret'];
    const { asker, heard } = person({
      'What is the studio called': 'Studio B',
      'Are there Tapo plugs': false,
      'Shelly, Tasmota': 'url',
      'Its address': broker.url,
      'User (empty': 'offair',
      'Its password': 'see below',
      'May it be cut': true,
    });
    asker.password = async (question) => (question === 'Its password' ? (passwords.shift() ?? '') : '');
    await run({ asker });
    expect(heard.filter((text) => text.includes('refused the user name or password'))).toHaveLength(1);
    expect(heard.join('\n')).toMatch(/0002: .* at [\w.-]+, 20\.0 W, on/);
    const config = loadConfig(file);
    expect(config.studio).toMatchObject({ id: 'studio-b', name: 'Studio B', country: 'FR' });
    expect(config.plugs.map(({ essential, idleWatts }) => [essential, idleWatts])).toEqual([
      [false, 5],
      [false, 5],
    ]);
    expect(shellys.map(({ executed }) => executed)).toEqual([[], []]);
  });

  test('a person who leaves, at whatever question, leaves nothing behind', async () => {
    for (const question of ['What is the studio', 'Shelly, Tasmota', 'Is there an InfluxDB', 'Is OBS']) {
      const leave = () => {
        throw new Cancelled('stopped: nothing was written');
      };
      const { asker } = person({ 'Are there Tapo': true, 'E-mail': 'me@example.com', [question]: leave });
      await expect(run({ asker })).rejects.toThrow(Cancelled);
      expect(readdirSync(join(file, '..'))).toEqual([]);
    }
  });

  test.skipIf(!existsSync('/usr/bin/script'))(
    'Ctrl-C at a terminal ends it with one sentence and no file',
    async () => {
      // A terminal of its own, as over ssh.
      const command = `stty cols 100 rows 40; exec ${process.execPath} ${PROGRAM} setup --config ${file}`;
      const terminal = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
      let shown = '';
      terminal.stdout.on('data', (chunk) => {
        shown += chunk;
      });
      const ended = once(terminal, 'exit');
      await until('it asks', () => shown.includes('What is the studio called?'));
      terminal.stdin.write('\x03');
      const [code] = await ended;
      expect(code).toBe(1);
      expect(shown).toContain('stopped: nothing was written');
      expect(readdirSync(join(file, '..'))).toEqual([]);
    },
  );

  test('answers that make no right configuration write nothing', async () => {
    const plugs = { light: { adapter: 'tapo', host: '192.0.2.1', essential: false } };
    await expect(run({ answers: answers({ plugs }), searchMs: 0 })).rejects.toThrow(/plugs\[0\]\.idleWatts/);
    await expect(run({ answers: answers(), searchMs: 0 })).rejects.toThrow(/no plug was found or named/);
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });

  test('answers with a secret in the wrong place are refused without repeating it', () => {
    const path = join(folder, 'answers.json');
    writeFileSync(path, JSON.stringify({ secrets: { mqtt_pasword: 'hunter2' }, wifi: 'hunter2' }));
    expect(() => readAnswers(path)).toThrow(/answers as config\/docs\/operation.md has them/);
    expect(() => readAnswers(path)).not.toThrow(/hunter2/);
  });

  test('on the command line, without a terminal, takes answers, or says what to give', async () => {
    const path = join(file, '..', 'answers.json');
    const plugs = { camera: { name: 'Caméra', adapter: 'tapo', host: '192.0.2.1', mac: '9C-53-22-00-00-01' } };
    writeFileSync(path, JSON.stringify({ studio: STUDIO, plugs, secrets: { tapo_password: 'x' } }));
    const [made, refused] = await Promise.all([
      offair(['setup', '--config', file, '--answers', path, '--no-search']),
      offair(['setup', '--config', join(folder, 'other.yaml')]),
    ]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain(`offair doctor --config ${file}`);
    expect(loadConfig(file).plugs).toMatchObject([{ id: 'camera', name: 'Caméra' }]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--answers FILE') });
    expect(existsSync(join(folder, 'other.yaml'))).toBe(false);
  });
});
