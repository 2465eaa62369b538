import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RteOdre } from '../../adapters/carbon/rte-odre.ts';
import { startBroker } from '../../adapters/mqtt/broker/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { studioSchema } from '../../config/schema.ts';
import type { Phase } from '../../model/ports.ts';
import { phaseOf } from '../../model/session.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../run.ts';
import { DemoDay } from './director.ts';
import { SimulatedGrid } from './grid.ts';
import { APPLIANCES, type Appliance, loadOf } from './loads.ts';

/** The account of the simulated Tapo plugs: it opens nothing else. */
const ACCOUNT = { username: 'demo@offair.invalid', password: 'demo' };

interface DemoPlug {
  id: string;
  name: string;
  appliance: Appliance;
  mac: string;
  /** Tapo model, or the first part of a Shelly device id. */
  device: { tapo: 'P110' | 'P115' | 'P110M' } | { shelly: string };
}

const G3 = { shelly: 'shellyplugsg3' };
const PLUS = { shelly: 'shellyplusplugs' };
const { camera, keyLight, fillLight, streamingPc, encoderPc, monitor, audioAmp, networkSwitch } = APPLIANCES;

/** Eight plugs, three Tapo and five Shelly: the main job on a table. */
const PLUGS: DemoPlug[] = [
  { id: 'camera', name: 'Caméra', appliance: camera, mac: '02F000000001', device: { tapo: 'P110' } },
  { id: 'key-light', name: 'Key light', appliance: keyLight, mac: '02F000000002', device: { tapo: 'P110M' } },
  { id: 'fill-light', name: 'Fill light', appliance: fillLight, mac: '02F000000003', device: G3 },
  { id: 'streaming-pc', name: 'PC streaming', appliance: streamingPc, mac: '02F000000004', device: { tapo: 'P115' } },
  { id: 'encoder-pc', name: 'PC encodeur', appliance: encoderPc, mac: '02F000000005', device: PLUS },
  { id: 'monitor', name: 'Moniteur de retour', appliance: monitor, mac: '02F000000006', device: PLUS },
  { id: 'audio-amp', name: 'Ampli', appliance: audioAmp, mac: '02F000000007', device: G3 },
  { id: 'network-switch', name: 'Switch réseau', appliance: networkSwitch, mac: '02F000000008', device: G3 },
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
    for (const [index, { id, name, appliance, mac, device: made }] of PLUGS.entries()) {
      const { kind, bootDelayMs, cut } = appliance;
      const outlet = new SimulatedOutlet(
        clock,
        loadOf(appliance, () => phase(), index + 1),
        { bootDelayMs },
      );
      const mayBeCut = cut ? { essential: false, minOnSeconds: 20, minOffSeconds: 5, ...cut } : {};
      const common = { id, name, kind, ...mayBeCut };
      if ('tapo' in made) {
        const identity = { mac, model: made.tapo, nickname: name, firmware: '1.3.1' };
        const device = new SimulatedTapo({ clock, outlet, ...identity, ...ACCOUNT });
        const tapoPort = await device.start();
        started.push(() => device.stop());
        plugs.push({ ...common, adapter: 'tapo', host: '127.0.0.1', port: tapoPort, mac, pollSeconds: 2 });
      } else {
        const deviceId = `${made.shelly}-${mac.toLowerCase()}`;
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
      secret: (name) => ({ tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password })[name],
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
