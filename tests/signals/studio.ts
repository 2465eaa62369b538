import { join } from 'node:path';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Daemon } from '../../daemon/run.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { openBroker } from '../support/open-broker.ts';
import { until } from '../support/until.ts';

const DEVICE = 'shellyplugsg3-8cbfeaa133f1';

export interface SourcesStudio {
  daemon: Daemon;
  /** A key light that may be cut as soon as no session runs. */
  light: SimulatedOutlet;
  api<T = Record<string, never>>(path: string, init?: RequestInit): Promise<T>;
  status(): Promise<{
    phase: string;
    onAir: boolean;
    problems: { code: string; text: string }[];
    sources: { name: string; says: string }[];
  }>;
  phaseIs(phase: string): Promise<void>;
  close(): Promise<void>;
}

/** The real daemon with one light that may be cut, without any grace, and the sources of the test. */
export async function sourcesStudio(
  folder: string,
  sessionSources: object,
  secrets: Record<string, string> = {},
  switching: object = {},
): Promise<SourcesStudio> {
  const clock = systemClock;
  const broker = await openBroker();
  const light = new SimulatedOutlet(clock, () => 80);
  const shelly = new SimulatedShelly({ clock, outlet: light, brokerUrl: broker.url, device: DEVICE });
  await shelly.start();
  const daemon = await testDaemon({
    config: await testConfig({
      mqtt: { url: broker.url },
      switching: { dryRun: false, graceSeconds: 0, maxSwitchesPerHour: 60, ...switching },
      sessionSources: { endAfterSeconds: 0, ...sessionSources },
      plugs: [
        {
          ...{ id: 'light', name: 'Key light', adapter: 'shelly', device: DEVICE, pollSeconds: 10 },
          ...{ essential: false, idleWatts: 'any', minOnSeconds: 0, minOffSeconds: 0 },
        },
      ],
    }),
    journalPath: join(folder, 'journal.sqlite'),
    secret: (name) => secrets[name],
  });
  const studio: SourcesStudio = {
    ...{ daemon, light },
    async api(path, init) {
      const answer = await fetch(`${daemon.url}/api/v1/${path}`, init);
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? undefined : await answer.json();
    },
    status: () => studio.api('status'),
    phaseIs: (phase) => until(`the phase is ${phase}`, async () => (await studio.status()).phase === phase),
    async close() {
      await daemon.stop();
      await shelly.stop();
      await broker.stop();
    },
  };
  return studio;
}
