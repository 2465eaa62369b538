import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock, systemRandom as random } from '../../daemon/clock.ts';
import { testConfig, testDaemon } from '../support/daemon.ts';
import { startPeer } from './peer.ts';

/** The daemon with simulated Shelly plugs that may be cut, in another process. */
export interface SwitchableStudio {
  url: string;
  /** Wall time at which the first relay of all next went the other way, ms. */
  relayMs(): Promise<number>;
  stop(): Promise<void>;
}

export async function startSwitchableStudio(plugs: number, switching: object): Promise<SwitchableStudio> {
  const names = Array.from({ length: plugs }, (_, n) => `shellyplugsg3-02be${n.toString(16).padStart(8, '0')}`);
  const peer = await startPeer('switching-plugs.ts', ...names);
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const daemon = await testDaemon({
    config: await testConfig({
      mqtt: { url: peer.first.brokerUrl },
      switching: { dryRun: false, maxSwitchesPerHour: 60, ...switching },
      plugs: names.map((device, index) => ({
        ...{ id: `plug-${index}`, name: device, adapter: 'shelly', device, pollSeconds: 10 },
        ...{ essential: false, idleWatts: 'any', quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0 },
      })),
    }),
    ...{ journalPath: join(folder, 'journal.sqlite'), random },
  });
  while (!(await fetch(`${daemon.url}/readyz`)).ok) await clock.sleep(100);
  return {
    url: daemon.url,
    relayMs: async () => ((await peer.said()) as { firstMs: number }).firstMs,
    async stop() {
      await daemon.stop();
      await peer.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
