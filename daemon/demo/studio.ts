import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RteOdre } from '../../adapters/carbon/rte-odre.ts';
import { startBroker } from '../../adapters/mqtt/broker/index.ts';
import { type Load, SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { studioSchema } from '../../config/schema.ts';
import type { Phase } from '../../model/ports.ts';
import { phaseOf } from '../../model/session.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../run.ts';
import { DemoDay } from './director.ts';
import { SimulatedGrid } from './grid.ts';
import { loadOf, PROFILES } from './loads.ts';

/** The account of the simulated Tapo plugs: it opens nothing else. */
const ACCOUNT = { tapo_username: 'demo@offair.invalid', tapo_password: 'demo' } as Record<string, string>;

interface DemoPlug {
  id: string;
  name: string;
  kind: string;
  profile: keyof typeof PROFILES;
  bootDelayMs: number;
  /** Keys for a plug that may be cut; none for an essential one. */
  cut?: { idleWatts: number | 'any'; quietSeconds: number };
  /** Tapo model, or the first part of a Shelly device id. */
  tapo?: 'P110' | 'P115' | 'P110M';
  shelly?: string;
  mac: string;
}

/** Eight plugs, three Tapo and five Shelly: the main job on a table. */
const PLUGS: DemoPlug[] = [
  {
    id: 'camera',
    name: 'Caméra',
    kind: 'camera',
    profile: 'camera',
    bootDelayMs: 3000,
    tapo: 'P110',
    mac: '02F000000001',
  },
  {
    id: 'key-light',
    name: 'Key light',
    kind: 'light',
    profile: 'keyLight',
    bootDelayMs: 400,
    cut: { idleWatts: 'any', quietSeconds: 0 },
    tapo: 'P110M',
    mac: '02F000000002',
  },
  {
    id: 'fill-light',
    name: 'Fill light',
    kind: 'light',
    profile: 'fillLight',
    bootDelayMs: 400,
    cut: { idleWatts: 'any', quietSeconds: 0 },
    shelly: 'shellyplugsg3',
    mac: '02F000000003',
  },
  {
    id: 'streaming-pc',
    name: 'PC streaming',
    kind: 'pc',
    profile: 'streamingPc',
    bootDelayMs: 12_000,
    cut: { idleWatts: 5, quietSeconds: 60 },
    tapo: 'P115',
    mac: '02F000000004',
  },
  {
    id: 'encoder-pc',
    name: 'PC encodeur',
    kind: 'encoder',
    profile: 'encoderPc',
    bootDelayMs: 12_000,
    shelly: 'shellyplusplugs',
    mac: '02f000000005',
  },
  {
    id: 'monitor',
    name: 'Moniteur de retour',
    kind: 'monitor',
    profile: 'monitor',
    bootDelayMs: 2000,
    cut: { idleWatts: 3, quietSeconds: 30 },
    shelly: 'shellyplusplugs',
    mac: '02f000000006',
  },
  {
    id: 'audio-amp',
    name: 'Ampli',
    kind: 'audio',
    profile: 'audioAmp',
    bootDelayMs: 1500,
    cut: { idleWatts: 12, quietSeconds: 30 },
    shelly: 'shellyplugsg3',
    mac: '02f000000007',
  },
  {
    id: 'network-switch',
    name: 'Switch réseau',
    kind: 'network',
    profile: 'networkSwitch',
    bootDelayMs: 5000,
    shelly: 'shellyplugsg3',
    mac: '02f000000008',
  },
];

/**
 * A whole studio on loopback that needs nothing installed: simulated plugs that speak KLAP and MQTT, a broker, a grid,
 * a day of lives. The daemon reads it by its ordinary adapters and does not know; DEMO is said everywhere.
 */
export async function startDemo(
  options: Pick<DaemonOptions, 'clock' | 'random' | 'log' | 'logLevel' | 'onLost'> & { port: number },
): Promise<Daemon> {
  const { port, clock, random } = options;
  const log = options.log.child({ studio: 'DEMO' });
  const started: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of started.toReversed()) await end();
  };
  let phase: () => Phase = () => 'standby';
  try {
    const folder = await mkdtemp(join(tmpdir(), 'offair-demo-'));
    started.push(() => rm(folder, { recursive: true, force: true }));
    const broker = await startBroker({
      ...{ host: '127.0.0.1', port: 0, maxConnections: 100, maxPayloadBytes: 256 * 1024 },
      ...{ users: 'anybody', daemonId: 'offair-demo', clock, log },
    });
    started.push(() => broker.stop());
    const grid = new SimulatedGrid(() => clock.nowMs());
    const gridUrl = await grid.start();
    started.push(() => grid.stop());

    const plugs = [];
    for (const [index, plug] of PLUGS.entries()) {
      const load: Load = loadOf(PROFILES[plug.profile], () => phase(), index + 1);
      const outlet = new SimulatedOutlet(clock, load, { bootDelayMs: plug.bootDelayMs });
      const { id, name, kind, cut } = plug;
      const common = {
        id,
        name,
        kind,
        ...(cut ? { essential: false, minOnSeconds: 20, minOffSeconds: 5, ...cut } : {}),
      };
      if (plug.tapo) {
        const mac = plug.mac;
        const device = new SimulatedTapo({
          clock,
          outlet,
          mac,
          model: plug.tapo,
          nickname: name,
          firmware: '1.3.1',
          username: ACCOUNT.tapo_username ?? '',
          password: ACCOUNT.tapo_password ?? '',
        });
        const tapoPort = await device.start();
        started.push(() => device.stop());
        plugs.push({ ...common, adapter: 'tapo', host: '127.0.0.1', port: tapoPort, mac, pollSeconds: 2 });
      } else {
        const deviceId = `${plug.shelly}-${plug.mac.toLowerCase()}`;
        const device = new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device: deviceId });
        await device.start();
        started.push(() => device.stop());
        plugs.push({ ...common, adapter: 'shelly', device: deviceId, pollSeconds: 10 });
      }
    }

    const config = studioSchema.parse({
      studio: { id: 'demo', name: 'Studio de démonstration', country: 'FR' },
      api: { port },
      mqtt: { url: broker.url },
      discovery: { interface: '127.0.0.1' },
      // A demo that only said what it would do would show nothing.
      switching: { dryRun: false, graceSeconds: 20, maxSwitchesPerHour: 60 },
      plugs,
    });
    const daemon = await startDaemon({
      config,
      journalPath: join(folder, 'journal.sqlite'),
      demo: true,
      clock,
      random,
      log,
      ...(options.logLevel && { logLevel: options.logLevel }),
      onLost: options.onLost,
      secret: (name) => ACCOUNT[name],
      intensitySources: [new RteOdre({ clock, baseUrl: gridUrl, provider: 'simulated-rte' })],
    });
    started.push(() => daemon.stop());
    phase = () => phaseOf(daemon.sessions.current);
    const day = new DemoDay(daemon.sessions, clock, log);
    day.start();
    started.push(async () => day.stop());
    return { ...daemon, stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}
