import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { examine, type Finding, type Part } from '../../daemon/doctor/index.ts';
import { Influxd, noInfluxd } from '../support/influxd.ts';
import { batchOf } from '../support/journal-batch.ts';
import { mosquittoPub, startMosquitto } from '../support/mosquitto.ts';
import { offair, startOffair } from '../support/offair.ts';
import { seeded } from '../support/random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { ACCOUNT, type DoctorStudio, doctorStudio, GRID, SHELLY } from './studio.ts';

const folder = tempFolder();
const SECRETS = [ACCOUNT.password, 'a-broker-secret', 'an-obs-secret'];

type Look = (parts: Part[], more?: Partial<Parameters<typeof examine>[0]>) => Promise<Finding[]>;

/** Each test has a studio of its own: they wait for timeouts beside each other. */
const check = test.extend<{ studio: DoctorStudio; look: Look }>({
  studio: async ({ task: _ }, use) => {
    const studio = await doctorStudio(folder);
    await use(studio);
    await studio.stop();
  },
  look: async ({ studio }, use) => {
    const common = { clock: systemClock, random: seeded(1), intensitySources: [GRID] };
    await use((parts, more = {}) => examine({ file: studio.file, parts, env: {}, ...common, ...more }));
  },
}).concurrent;
const bad = (findings: Finding[]) => findings.filter(({ level }) => level === 'failed' || level === 'warning');
const codes = (findings: Finding[]) => bad(findings).map(({ code }) => code);

describe('the doctor', () => {
  check('finds a studio well, asks every plug, switches none, and tells no secret', async ({ studio, look }) => {
    const findings = await look([
      'configuration',
      'secrets',
      'broker',
      'plugs',
      'carbon',
      'obs',
      'ports',
      'permissions',
    ]);
    expect(bad(findings)).toEqual([]);
    const texts = findings.map(({ about, text }) => `${about}: ${text}`).join('\n');
    expect(texts).toMatch(/camera: 12\.0 W, on, P110, firmware 1\.3\.1/);
    expect(texts).toMatch(/light: 80\.0 W, on, .*, firmware /);
    expect(texts).toMatch(/lets offair in: mosquitto version 2/);
    expect(texts).toContain('test-grid: 90 g/kWh (lifecycle, measured)');
    for (const secret of SECRETS) expect(JSON.stringify(findings)).not.toContain(secret);
    expect([studio.shelly.executed, studio.tapo.executed]).toEqual([[], []]);
  });

  check('says what is wrong with plugs, each with what to do', async ({ studio, look }) => {
    studio.tapo.behave({ reportedMac: '02-AA-00-00-00-99' });
    mosquittoPubAs(studio.broker.port, `${SHELLY}/command/switch:0`, 'off');
    const findings = bad(await look(['plugs']));
    expect(findings.every(({ remedy }) => remedy !== null)).toBe(true);
    const texts = findings.map(({ about, text }) => `${about}: ${text}`).join('\n');
    expect(texts).toMatch(/camera: .*is another device: its MAC is 02AA00000099/);
    expect(texts).toMatch(/light: A retained message on .*command\/switch:0 commands .*mosquitto_pub -r -n/);
  });

  check(
    'tells a clock of a plug that is wrong, and firmware that lets no third party in, with the way in the app',
    async ({ studio, look }) => {
      studio.tapo.behave({ clockAheadMs: 600_000 });
      expect(bad(await look(['plugs'])).find(({ code }) => code === 'plug-clock')?.text).toMatch(
        /(599|600) s ahead of/,
      );
      studio.tapo.behave({ handshakeStatus: 403 });
      const refused = bad(await look(['plugs']));
      expect(codes(refused)).toEqual(['plug-refused']);
      expect(refused[0]?.text).toContain('Third-Party Compatibility');
    },
  );

  check('tells a plug that refuses the account from one that is away', async ({ studio, look }) => {
    studio.secret('tapo_password', 'another-secret');
    await studio.shelly.stop();
    const findings = await look(['plugs']);
    expect(codes(findings)).toEqual(['plug-refused', 'plug-away']);
    expect(JSON.stringify(findings)).not.toContain('another-secret');
  });

  check('tells a wrong password of the broker, and does not wait for the plugs behind it', async ({ studio, look }) => {
    studio.secret('mqtt_password', 'wrong');
    expect(codes(await look(['broker', 'plugs']))).toEqual(['broker-refused', 'plug-broker-away']);
  });

  check('tells what the access list of the broker lacks, in its own words', async ({ look }) => {
    const acl = join(folder, 'acl');
    writeFileSync(acl, 'user offair\ntopic readwrite shellies/#\nuser plug\ntopic readwrite #\n');
    const closed = await doctorStudio(folder, [`acl_file ${acl}`]);
    try {
      const findings = await look(['broker'], { file: closed.file });
      expect(codes(findings)).toContain('broker-rights');
      expect(bad(findings)[0]?.remedy).toContain('user offair; topic readwrite offair/studio-a/session/#');
    } finally {
      await closed.stop();
    }
  });

  check('tells a broker that lets anybody in', async ({ studio, look }) => {
    const open = await startMosquitto();
    studio.write({ mqtt: { url: open.url } });
    expect(codes(await look(['broker']))).toEqual(['broker-open']);
    await open.stop();
  });

  check('tells a grid of which only the yearly average is known, and one that fails', async ({ look }) => {
    const failing = { provider: 'failing', fetch: () => Promise.reject(new Error('it answered 503')) };
    const findings = bad(await look(['carbon'], { intensitySources: [failing] }));
    expect(findings.map(({ code, about }) => [code, about])).toEqual([
      ['carbon-silent', 'failing'],
      ['carbon-static', null],
    ]);
    expect(findings[1]?.text).toMatch(/\d+ g\/kWh, a yearly average, stands in/);
  });

  test('without a configuration looks at this machine', async () => {
    const findings = await examine({ file: undefined, env: {}, clock: systemClock, random: seeded(1) });
    expect([...new Set(findings.map(({ part }) => part))]).toEqual(['configuration', 'versions', 'clock']);
    expect(findings.find(({ code }) => code === 'node')?.text).toMatch(/^Node 24\./);
  });

  check('tells an OBS that refuses the password from one that is not open', async ({ studio, look }) => {
    studio.secret('obs_password', 'wrong');
    expect(codes(await look(['obs']))).toEqual(['obs-refused']);
    await studio.obs.stop();
    expect(codes(await look(['obs']))).toEqual(['obs-away']);
  });

  check('tells secrets that are missing, blank, or for all to read', async ({ studio, look }) => {
    const named = join(folder, 'named');
    writeFileSync(named, ' an-obs-secret ');
    chmodSync(named, 0o644);
    studio.write({ influx: { flavour: 2, url: 'http://127.0.0.1:9', org: 'o', bucket: 'b' } });
    chmodSync(join(studio.file, '..', 'secrets', 'tapo_password'), 0o644);
    const findings = bad(await look(['secrets'], { env: { OFFAIR_OBS_PASSWORD_FILE: named } }));
    expect(findings.map(({ code, about }) => `${code} ${about}`)).toEqual([
      'secret-unreadable tapo_password',
      'secret-missing influx_token',
      'secret-blank obs_password',
      'secret-open obs_password',
    ]);
    expect(findings[0]?.remedy).toMatch(/^chmod 600 .*tapo_password$/);
  });

  check('tells what InfluxDB will never take, and a journal that was damaged before', async ({ studio, look }) => {
    studio.write({ influx: { url: 'http://127.0.0.1:9' } });
    const journal = new SqliteJournal(studio.journalPath, { clock: systemClock });
    await journal.open();
    await journal.write(batchOf({ lines: ['power,plug=a watts="x" 1'] }));
    const lines = await journal.outbox(1);
    await journal.quarantine(lines, '400 field type conflict');
    await journal.close();
    writeFileSync(`${studio.journalPath}.corrupt-20260101T000000Z`, '');
    const findings = await look(['journal']);
    expect(codes(findings)).toEqual(['journal-set-aside', 'dead-letters']);
    expect(bad(findings)[1]?.text).toContain('will never take 1 points. The last reasons: 400 field type conflict');
    expect(findings.map(({ code }) => code)).toContain('journal');
  });

  check('tells a configuration that is wrong, and still looks at the machine', async ({ studio, look }) => {
    writeFileSync(studio.file, 'studio: { id: a, name: A }\nplugs: [{ id: x, name: X, adapter: shely }]\n');
    const findings = await look(['configuration', 'versions', 'plugs']);
    expect(codes(findings)).toEqual(['configuration-wrong']);
    expect(findings[0]?.remedy).toContain('Did you mean shelly?');
    expect(findings.map(({ part }) => part)).toContain('versions');
  });
});

describe.skipIf(noInfluxd)('the doctor at a real InfluxDB', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await Influxd.in(join(folder, 'influx'), { auth: true });
    await influxd.start();
    await ask("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES", false);
    await ask('CREATE DATABASE offair');
    await ask('CREATE RETENTION POLICY "offair" ON "offair" DURATION 520w REPLICATION 1 DEFAULT');
    await ask("CREATE USER writer WITH PASSWORD 'a-writer-secret'");
    await ask('GRANT ALL ON "offair" TO "writer"');
    await ask("CREATE USER reader WITH PASSWORD 'a-reader-secret'");
    await ask('GRANT READ ON "offair" TO "reader"');
  }, 40_000);
  afterAll(() => influxd.stop());

  async function ask(q: string, login = true): Promise<string> {
    const account = login ? '&u=admin&p=admin' : '';
    const answer = await fetch(`${influxd.url}/query?q=${encodeURIComponent(q)}${account}`, { method: 'POST' });
    return answer.text();
  }

  check('knows who may write, and writes nothing', async ({ studio, look }) => {
    studio.write({ influx: { url: influxd.url, username: 'writer' } });
    studio.secret('influx_password', 'a-writer-secret');
    const well = await look(['influx']);
    expect(bad(well)).toEqual([]);
    expect(well.map(({ text }) => text).join('\n')).toMatch(
      /InfluxDB 1\.\d.*takes what offair writes.*8736h0m0s|87360h0m0s/s,
    );
    expect(await ask('SHOW MEASUREMENTS ON offair')).not.toContain('series');

    studio.write({ influx: { url: influxd.url, username: 'reader' } });
    studio.secret('influx_password', 'a-reader-secret');
    expect(codes(await look(['influx']))).toEqual(['influx-refused']);
    studio.secret('influx_password', 'wrong');
    expect(codes(await look(['influx']))).toEqual(['influx-refused']);
    studio.write({ influx: { url: influxd.url, username: 'admin', database: 'other' } });
    studio.secret('influx_password', 'admin');
    expect(codes(await look(['influx']))).toEqual(['influx-missing']);
    studio.write({ influx: { url: 'http://127.0.0.1:9' } });
    expect(codes(await look(['influx']))).toEqual(['influx-away']);
  });
});

describe('offair doctor', () => {
  check(
    'beside a running daemon leaves the Tapo plug to it, and finds the port its own',
    async ({ studio }) => {
      const daemon = startOffair(['run', '--config', studio.file]);
      const plugs = async () => {
        const status = await fetch(`${apiOf(daemon.output())}/api/v1/status`).then(
          (answer) => answer.json() as Promise<{ plugs: { online: boolean; problem: object | null }[] }>,
          () => null,
        );
        return status?.plugs ?? [{ online: false, problem: null }];
      };
      try {
        await until('the plugs are read', async () => (await plugs()).every(({ online }) => online));
        const handshakes = studio.tapo.handshakes;
        const parts = ['plugs', 'ports', 'journal', 'disk'].flatMap((part) => ['--part', part]);
        const { code, stdout, stderr } = await offair(['doctor', '--config', studio.file, ...parts]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toMatch(/camera: 12\.0 W, says the running daemon/);
        expect(stdout).toMatch(/light: 80\.0 W, on/);
        expect(stdout).toMatch(/the daemon \(process \d+\) answers/);
        expect(stdout).toMatch(/the daemon writes \d+ MB a day/);
        expect(stdout).toContain('All is well.');
        expect(stdout).not.toContain('\x1b[');
        expect(studio.tapo.handshakes).toBe(handshakes);

        await studio.tapo.stop();
        // It is looked for under other addresses first.
        const missed = async () => (await plugs()).some(({ problem }) => problem);
        await until('the camera is missed', missed, 50_000);
        const without = await offair(['doctor', '--config', studio.file, '--part', 'plugs']);
        expect(without.stdout).toMatch(/tapo plug camera .* \[plug-(trouble|away)\]/);
      } finally {
        daemon.process.kill('SIGTERM');
        await daemon.finished;
      }
    },
    120_000,
  );

  check(
    'exits 1 when something failed, 78 when the configuration is wrong, 2 for a part there is not',
    async ({ studio }) => {
      studio.write({ influx: { flavour: 2, url: 'http://127.0.0.1:9', org: 'o', bucket: 'b' } });
      const wrong = join(folder, 'wrong.yaml');
      writeFileSync(wrong, 'plugs: []\n');
      const [failed, misconfigured, misused] = await Promise.all([
        offair(['doctor', '--config', studio.file, '--part', 'secrets', '--json']),
        offair(['doctor', '--config', wrong, '--part', 'plugs']),
        offair(['doctor', '--part', 'brain']),
      ]);
      expect([failed.code, misconfigured.code, misused.code]).toEqual([1, 78, 2]);
      const { findings, failed: has } = JSON.parse(failed.stdout) as { findings: Finding[]; failed: boolean };
      expect(has).toBe(true);
      expect(findings.find(({ about }) => about === 'influx_token')).toMatchObject({
        part: 'secrets',
        level: 'failed',
      });
    },
  );
});

function apiOf(output: string): string {
  return /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? 'http://127.0.0.1:9';
}

function mosquittoPubAs(port: number, topic: string, payload: string): void {
  mosquittoPub(port, topic, payload, true, 'plug');
}
