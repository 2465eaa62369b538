import { homewizardAdapter } from '../../adapters/homewizard/index.ts';
import { SimulatedHomewizard } from '../../adapters/simulator/homewizard.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

export const MAC = '5C2FAF0A1B2C';

export interface Bench {
  clock: FakeClock;
  outlet: SimulatedOutlet;
  socket: SimulatedHomewizard;
  origin: string;
  plug: PlugDevice;
  relay: NonNullable<PlugDevice['relay']>;
  /** What a technician was told, oldest first. */
  troubles: string[];
  /** Another plug with these settings, for the same socket. */
  another(settings: object, more?: { mayBeCut: boolean }): PlugDevice;
  /** Resolves when the socket has got that many requests. */
  asked(requests: number): Promise<void>;
}

/** A socket that draws 100 W, and the plug that reads it, started. */
export async function bench(settings: object = {}): Promise<Bench> {
  const clock = new FakeClock();
  const outlet = new SimulatedOutlet(clock, () => 100);
  const socket = new SimulatedHomewizard(outlet, MAC);
  const port = await socket.start();
  const troubles: string[] = [];
  const create = homewizardAdapter.factory(adapterDeps({ clock }));
  const another = (own: object, more: { mayBeCut?: boolean } = {}) =>
    create(
      { id: 'desk', ...more },
      homewizardAdapter.schema.parse({ adapter: 'homewizard', host: '127.0.0.1', port, mac: MAC, ...own }),
    );
  const plug = another(settings);
  await plug.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
  const asked = (requests: number) => until('the socket is asked', () => socket.asked.length >= requests);
  const { relay } = plug;
  if (!relay) throw new Error('a socket has a relay');
  return { clock, outlet, socket, origin: `http://127.0.0.1:${port}`, plug, relay, troubles, another, asked };
}
