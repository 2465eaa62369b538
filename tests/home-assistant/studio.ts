import { join } from 'node:path';
import { pino } from 'pino';
import { connectMqtt, type MqttConnection } from '../../adapters/mqtt/client.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Daemon } from '../../daemon/run.ts';
import { silent, testConfig, testDaemon } from '../support/daemon.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

const PLUGS = { camera: 'shellyplugsg3-8cbfeaa133f0', light: 'shellyplugsg3-8cbfeaa133f1' };

export interface MqttStudio {
  broker: Mosquitto;
  daemon: Daemon;
  /** Somebody else on the broker, who hears everything. */
  other: MqttConnection;
  /** The last message on each topic; '' is one that was taken back. */
  last: Map<string, string>;
  outlets: { camera: SimulatedOutlet; light: SimulatedOutlet };
  log: string[];
  /** Ends the daemon and starts it again on the same journal with another configuration. */
  restart(change: { homeAssistant?: boolean; plugs?: (keyof typeof PLUGS)[] }): Promise<void>;
  close(): Promise<void>;
}

/** The real daemon with an essential camera and a light that may be cut, on a real broker. */
export async function mqttStudio(folder: string): Promise<MqttStudio> {
  const broker = await startMosquitto();
  const clock = systemClock;
  const log: string[] = [];
  const outlets = { camera: new SimulatedOutlet(clock, () => 12), light: new SimulatedOutlet(clock, () => 80) };
  const shellys = [outlets.camera, outlets.light].map((outlet, index) => {
    const device = Object.values(PLUGS)[index] ?? '';
    return new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device });
  });
  for (const shelly of shellys) await shelly.start();
  const other = connectMqtt({ url: broker.url, clientId: 'home-assistant', clock, random: () => 0, log: silent });
  await until('the other is connected', () => other.connected);
  const last = new Map<string, string>();
  await other.subscribe('#', ({ topic, payload }) => void last.set(topic, payload.toString()));

  const start = async (homeAssistant: boolean, plugs: (keyof typeof PLUGS)[]) => {
    const common = { adapter: 'shelly', pollSeconds: 10, minOnSeconds: 0, minOffSeconds: 0 };
    const all = {
      camera: { ...common, id: 'camera', name: 'Camera', device: PLUGS.camera },
      light: { ...common, id: 'light', name: 'Key light', device: PLUGS.light, essential: false, idleWatts: 'any' },
    };
    const sink = { write: (line: string) => log.push((JSON.parse(line) as { msg: string }).msg) };
    return testDaemon({
      config: await testConfig({
        mqtt: { url: broker.url },
        ...(homeAssistant && { homeAssistant: {} }),
        switching: { dryRun: false, maxSwitchesPerHour: 60 },
        plugs: plugs.map((id) => all[id]),
      }),
      journalPath: join(folder, 'journal.sqlite'),
      log: pino({ level: 'debug' }, sink),
    });
  };

  const studio: MqttStudio = {
    ...{ broker, other, last, outlets, log },
    daemon: await start(true, ['camera', 'light']),
    async restart({ homeAssistant = true, plugs = ['camera', 'light'] }) {
      await studio.daemon.stop();
      last.clear();
      studio.daemon = await start(homeAssistant, plugs);
    },
    async close() {
      await studio.daemon.stop();
      for (const shelly of shellys) await shelly.stop();
      await other.end();
      await broker.stop();
    },
  };
  return studio;
}
