import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { plugAdapters } from '../../adapters/registry.ts';
import { ConfigError, loadConfig, parseConfig, studioJsonSchema } from '../../config/load.ts';

const EXAMPLE = fileURLToPath(new URL('../../config/studio.example.yaml', import.meta.url));
const example = readFileSync(EXAMPLE, 'utf8');

function problemsOf(text: string) {
  try {
    parseConfig(text, 'studio.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const MINIMAL = `
studio: { id: a, name: A }
plugs:
  - { id: camera, name: Camera, adapter: tapo, host: 192.168.1.21 }
`;

describe('studio.yaml', () => {
  test('the shipped example loads, shows every key, and switches nothing yet', () => {
    const config = loadConfig(EXAMPLE);
    expect(config.switching.dryRun).toBe(true);
    expect(config.plugs.length).toBeGreaterThanOrEqual(5);
    const { properties = {} } = studioJsonSchema();
    for (const [section, schema] of Object.entries(properties)) {
      for (const key of Object.keys(schema.properties ?? {})) expect(example, `${section}.${key}`).toContain(`${key}:`);
    }
  });

  test('little is needed: the rest has defaults, a plug is essential, and a new studio is in dry run', () => {
    const config = parseConfig(MINIMAL, 'studio.yaml');
    expect(config.plugs[0]).toMatchObject({ essential: true, kind: 'other', port: 80, pollSeconds: 10 });
    expect(config).toMatchObject({
      api: { host: '127.0.0.1', port: 8787 },
      switching: { dryRun: true, graceSeconds: 300 },
    });
  });

  test('every mistake is told at once, with line, path, what was found, what is expected, and what was perhaps meant', () => {
    const { problems, message } = problemsOf(`
studio:
  id: Studio A
  name: A
  timeZone: Europe/Pari
switchin: { dryRun: false }
plugs:
  - id: camera
    name: Camera
    adapter: tapo
    host: http://192.168.1.21
    polSeconds: 5
  - id: light
    name: Light
    kind: ligth
    essential: false
    adapter: tapo
    host: 192.168.1.22
    pollSeconds: 1
  - { id: other, name: Other, adapter: tapoo, host: 1.2.3.4 }
`);
    const families = plugAdapters.map(({ name }) => name).join(', ');
    expect(message.replace(families, '[the families]')).toMatchInlineSnapshot(`
      "studio.yaml: 10 problems
        line 3, studio.id: found "Studio A", expected small letters, digits and dashes, beginning with a letter or digit
        line 5, studio.timeZone: found "Europe/Pari", expected an IANA time zone such as Europe/Paris
        line 6, switchin: found a key that means nothing here, expected one of version, studio, api, mqtt, homeAssistant, influx, switching, sessionSources, journal, carbon, footprint, tariff, reports, alarms, discovery, plugs. Did you mean switching?
        line 11, plugs[0].host: found "http://192.168.1.21", expected an IP address or a host name, without http:// or port
        line 12, plugs[0].polSeconds: found a key that means nothing here, expected one of adapter, host, port, mac, outlet, pollSeconds, id, name, kind, essential, idleWatts, quietSeconds, minOnSeconds, minOffSeconds, poweredIn, offWatts, shutdown, coolDownMinutes, cutOrder, restoreOrder, inrushSeconds, maxWatts. Did you mean pollSeconds?
        line 13, plugs[1].idleWatts: found nothing, expected watts, or any: a plug that may be cut must say when it counts as in use
        line 13, plugs[1].mac: found nothing, expected the MAC of the plug: who it is, is checked before it is cut
        line 15, plugs[1].kind: found "ligth", expected one of camera, light, pc, encoder, monitor, audio, network, projector, solar, other. Did you mean light?
        line 19, plugs[1].pollSeconds: found 1, expected at least 2
        line 20, plugs[2].adapter: found "tapoo", expected one of [the families]. Did you mean tapo?"
    `);
    expect(problems.length).toBe(10);
  });

  test('a plug that may be cut must say when it is in use, and who it is', () => {
    const text = MINIMAL.replace('host:', 'essential: false, host:');
    const paths = problemsOf(text).problems.map(({ path }) => path);
    expect(paths).toEqual(['plugs[0].idleWatts', 'plugs[0].mac']);
  });

  test('how long a text or a list may be is told with what is counted', () => {
    const expected = (text: string) => problemsOf(text).problems[0]?.expected;
    expect(expected(MINIMAL.replace(/name: [^,}]+/, "name: ''"))).toBe('at least 1 character');
    expect(expected(`${MINIMAL}reports: { languages: [] }\n`)).toBe('at least 1 entry');
  });

  test('a zero threshold is refused: it would mean that nothing is ever idle, or that everything is', () => {
    const text = MINIMAL.replace('host:', 'essential: false, mac: "02:00:00:00:00:01", idleWatts: 0, host:');
    expect(problemsOf(text).problems[0]?.path).toBe('plugs[0].idleWatts');
  });

  test('a plug that speaks MQTT needs a broker', () => {
    const text = MINIMAL.replace('tapo, host: 192.168.1.21', 'shelly, device: shellyplugsg3-8cbfeaa133f0');
    expect(problemsOf(text).problems.map(({ path, expected }) => `${path}: ${expected}`)).toEqual([
      'mqtt: a broker: plugs[0] (camera) is a shelly plug and speaks MQTT',
    ]);
  });

  test('a grid provider that can not serve the studio is told, whatever else is wrong', () => {
    const carbon = (text: string) => problemsOf(`${MINIMAL}carbon: ${text}\n`).message;
    expect(carbon('{ providers: [neso] }')).toContain('a provider that knows the zone FR: neso does not');
    expect(carbon('{ zone: GB, factorType: lifecycle, providers: [neso] }')).toContain(
      'lifecycle factors: neso has none',
    );
    expect(carbon('{ providers: [rte] }')).toContain('expected one of rte-odre, edf, neso');
    expect(carbon('{ providers: [rte-odre, rte-odre] }')).toContain('each provider once');
    expect(carbon('{ nesoRegion: 18 }')).toContain('at most 17');
    expect(carbon('{ contract: { name: Green, gramsPerKwh: -1 } }')).toContain('at least 0');
    expect(carbon('{ electricitymaps_token: abc }')).toContain('Secrets do not belong in this file');
    const good = '{ zone: FR-COR, providers: [edf, electricity-maps], contract: { name: Green, gramsPerKwh: 12 } }';
    expect(parseConfig(`${MINIMAL}carbon: ${good}\n`, 'x').carbon.providers).toEqual(['edf', 'electricity-maps']);
  });

  test('two plugs can not have one name', () => {
    const text = `${MINIMAL}  - { id: camera, name: Again, adapter: tapo, host: 192.168.1.22 }\n`;
    expect(problemsOf(text).message).toContain('plugs[0] has it already');
  });

  test('a secret in the file is refused, told where it belongs, and never repeated', () => {
    const { message } = problemsOf(`${MINIMAL}mqtt: { url: 'mqtt://127.0.0.1', password: hunter2 }\n`);
    expect(message).toContain('Secrets do not belong in this file');
    expect(message).not.toContain('hunter2');
    const inUrl = problemsOf(`${MINIMAL}mqtt: { url: 'mqtt://me:hunter2@127.0.0.1' }\n`).message;
    expect(inUrl).not.toContain('hunter2');
  });

  test('two plugs can not be one outlet: an essential one could be cut by its twin', () => {
    const twin = `  - { id: twin, name: Twin, essential: false, idleWatts: any, adapter: tapo, host: 192.168.1.22, mac: 'AA:BB:CC:00:00:01' }\n`;
    const first = MINIMAL.replace('192.168.1.21', '192.168.1.21, mac: aabbcc000001');
    expect(problemsOf(first + twin).problems.map(({ path }) => path)).toEqual(['plugs[1]']);
    const same = twin.replace('1.22', '1.21').replace('00:01', '00:02');
    expect(problemsOf(MINIMAL + same).message).toContain('plugs[0] is the same one');
    expect(parseConfig(first + twin.replace('00:01', '00:02'), 'x').plugs.length).toBe(2);
  });

  test('an address is checked whole, and nothing of a secret in it is shown', () => {
    const wrong = (section: string) => problemsOf(`${MINIMAL}${section}\n`).message;
    for (const url of ['http://db:8086?u=joe&p=hunter2', 'http://joe:hunter2@db:8086', 'http://db:99999', 'db:8086'])
      expect(wrong(`influx: { url: '${url}' }`)).not.toContain('hunter2');
    expect(wrong("influx: { url: 'http://db', flavour: 4 }")).toContain('found 4, expected one of 1, 2, 3');
    expect(wrong("influx: { url: 'http://db', bucket: x }")).toContain(
      'one of flavour, url, ca, gzip, retention, database, username',
    );
    expect(wrong("influx: { flavour: 2, url: 'http://db' }")).toContain('influx.org: found nothing');
    expect(wrong("influx: { flavour: 3, url: 'http://db', token: hunter2 }")).toContain('Secrets do not belong');
    expect(parseConfig(`${MINIMAL}influx: { url: 'https://db.example/influx/' }\n`, 'x').influx?.url).toContain(
      '/influx/',
    );
    expect(wrong('mqtt: [{ password: hunter2 }]')).not.toContain('hunter2');
    expect(wrong('mqtt: { url: mqtt://a, username: *hunter2 }')).not.toContain('hunter2');
  });

  test('a strip is made of plugs that there are, and only the address of Slack may be a secret', () => {
    const wrong = (text: string) => problemsOf(`${MINIMAL}alarms: ${text}\n`).problems.map(({ path }) => path);
    expect(wrong('{ strips: [{ id: rack, name: Rack, maxWatts: 2300, plugs: [nothing] }] }')).toEqual([
      'alarms.strips[0].plugs[0]',
    ]);
    expect(wrong('{ webhooks: [{ kind: ntfy }] }')).toEqual(['alarms.webhooks[0].url']);
    expect(wrong("{ webhooks: [{ kind: generic, url: 'https://me:secret@host/' }] }")).toEqual([
      'alarms.webhooks[0].url',
    ]);
    expect(
      problemsOf(`${MINIMAL}alarms: { webhooks: [{ kind: generic, url: 'https://me:hunter2@host/' }] }`).message,
    ).not.toContain('hunter2');
  });

  test('text that is not YAML names the line', () => {
    expect(problemsOf('studio: {\nplugs: ]').problems[0]?.line).toBeGreaterThan(0);
    expect(problemsOf('studio: 1\nstudio: 2\n').message).toContain('line 2');
  });

  test('a missing file and an empty file are told as such', () => {
    expect(() => loadConfig('/nowhere/studio.yaml')).toThrow(/no such file/);
    expect(problemsOf('').problems.map(({ path }) => path)).toEqual(['studio', 'plugs']);
  });
});
