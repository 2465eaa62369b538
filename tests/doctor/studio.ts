import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SimulatedObs } from '../../adapters/simulator/obs.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { freePort } from '../support/ports.ts';

export const ACCOUNT = { username: 'me@example.com', password: 'a-tapo-secret' };
export const SHELLY = 'shellyplugsg3-02aa00000001';
const TAPO_MAC = '02AA00000002';

/** A studio of two plugs, a broker with passwords and an OBS, its studio.yaml and its secrets; no daemon. */
export interface DoctorStudio {
  file: string;
  journalPath: string;
  broker: Mosquitto;
  shelly: SimulatedShelly;
  tapo: SimulatedTapo;
  obs: SimulatedObs;
  outlets: { shelly: SimulatedOutlet; tapo: SimulatedOutlet };
  /** Writes studio.yaml anew with these sections beside its own. */
  write(more?: object): void;
  secret(name: string, value: string): void;
  stop(): Promise<void>;
}

export async function doctorStudio(folder: string, brokerLines: string[] = []): Promise<DoctorStudio> {
  const clock = systemClock;
  const home = mkdtempSync(join(folder, 'studio-'));
  const journalPath = join(home, 'state', 'journal.sqlite');
  const broker = await startMosquitto({ offair: 'a-broker-secret', plug: 'plug' }, brokerLines);
  const outlets = { shelly: new SimulatedOutlet(clock, () => 80), tapo: new SimulatedOutlet(clock, () => 12) };
  const brokerUrl = broker.url.replace('//', '//plug:plug@');
  const shelly = new SimulatedShelly({ clock, outlet: outlets.shelly, brokerUrl, device: SHELLY });
  await shelly.start();
  const identity = { mac: TAPO_MAC, model: 'P110', nickname: 'Camera', firmware: '1.3.1' } as const;
  const tapo = new SimulatedTapo({ clock, outlet: outlets.tapo, ...identity, ...ACCOUNT });
  const tapoPort = await tapo.start();
  const obs = new SimulatedObs('an-obs-secret');
  await obs.start();
  const apiPort = await freePort();
  mkdirSync(join(home, 'secrets'), { mode: 0o700 });
  const studio: DoctorStudio = {
    ...{ file: join(home, 'studio.yaml'), journalPath, broker, shelly, tapo, obs, outlets },
    write(more = {}) {
      const cut = { essential: false, idleWatts: 'any' };
      const config = {
        // No provider knows it without a token: nothing leaves this machine.
        studio: { id: 'studio-a', name: 'Studio A', country: 'NZ', timeZone: 'Pacific/Auckland' },
        api: { port: apiPort },
        mqtt: { url: broker.url, username: 'offair' },
        sessionSources: { obs: { url: obs.url } },
        journal: { path: journalPath },
        discovery: { interface: '127.0.0.1' },
        plugs: [
          {
            ...{ id: 'camera', name: 'Camera', adapter: 'tapo', pollSeconds: 2 },
            ...{ host: '127.0.0.1', port: tapoPort, mac: TAPO_MAC },
          },
          { id: 'light', name: 'Light', ...cut, adapter: 'shelly', generation: 3, device: SHELLY },
        ],
        ...more,
      };
      writeFileSync(studio.file, stringify(config), { mode: 0o640 });
    },
    secret: (name, value) => writeFileSync(join(home, 'secrets', name), `${value}\n`, { mode: 0o600 }),
    async stop() {
      await obs.stop();
      await shelly.stop();
      await tapo.stop();
      await broker.stop();
    },
  };
  studio.write();
  studio.secret('tapo_username', ACCOUNT.username);
  studio.secret('tapo_password', ACCOUNT.password);
  studio.secret('mqtt_password', 'a-broker-secret');
  studio.secret('obs_password', 'an-obs-secret');
  return studio;
}

/** A grid that answers at once. */
export const GRID: IntensitySource = {
  provider: 'test-grid',
  fetch: async (_fromMs, toMs) => [
    {
      ...{ zone: 'NZ', startMs: toMs - 900_000, endMs: toMs, gramsPerKwh: 90, factorType: 'lifecycle' as const },
      ...{ basis: 'consumption' as const, status: 'measured' as const, provider: 'test-grid', fetchedAtMs: toMs },
    },
  ],
};
