import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { TAPO_MODELS, type TapoModelName } from '../../adapters/simulator/tapo-models.ts';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import type { TapoPlug } from '../../adapters/tapo/plug.ts';
import type { Clock } from '../../model/clock.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { ACCOUNT, MAC } from './studio.ts';

export interface StripBench {
  outlets: SimulatedOutlet[];
  tapo: SimulatedTapo;
  host: string;
  port: number;
  /** What the plugs told a technician, by plug. */
  troubles: string[];
  /** A plug of one studio, started; `position` undefined: without `outlet`. */
  plug(position: number | undefined, pollSeconds?: number): TapoPlug;
  close(): Promise<void>;
}

/** A simulated strip that listens; the outlet at position n has a load of n × 10.116 W. */
export async function stripBench(model: TapoModelName, clock: Clock): Promise<StripBench> {
  const count = Math.max(1, TAPO_MODELS[model].stripOutlets);
  const outlets = Array.from({ length: count }, (_, at) => new SimulatedOutlet(clock, () => (at + 1) * 10.116));
  const tapo = new SimulatedTapo({
    ...{ clock, outlet: outlets, ...ACCOUNT, model, mac: '9C-53-22-00-00-01' },
    ...{ nickname: 'Rack', firmware: '1.0.3 Build 240605 Rel.091502' },
  });
  const host = '127.0.0.1';
  const port = await tapo.start(host);
  const secrets: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
  const factory = tapoFactory(adapterDeps({ clock, secret: (name) => secrets[name] }), 0);
  const plugs: TapoPlug[] = [];
  const troubles: string[] = [];
  return {
    ...{ outlets, tapo, host, port, troubles },
    plug(position, pollSeconds = 10) {
      const settings = { adapter: 'tapo' as const, host, port, mac: MAC, pollSeconds };
      const plug = factory(
        { id: `power-${position}` },
        { ...settings, ...(position !== undefined && { outlet: position }) },
      );
      plugs.push(plug);
      void plug.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
      return plug;
    },
    async close() {
      for (const plug of plugs) await plug.stop();
      await tapo.stop();
    },
  };
}
