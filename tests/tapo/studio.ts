import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import type { TapoIdentity } from '../../adapters/simulator/tapo-device.ts';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import type { TapoPlug } from '../../adapters/tapo/plug.ts';
import type { Clock } from '../../model/clock.ts';
import { adapterDeps, memoryOf } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

export const ACCOUNT = { username: 'user@example.com', password: 'great_password' };
export const MAC = '9C5322000001';

/** Knows the delays of the timers that wait, so that a test can tell when somebody has begun to wait. */
export class WatchedClock extends FakeClock {
  /** Delays of all waiting timers, ms. */
  waiting: number[] = [];

  override after(delayMs: number, run: () => void): () => void {
    const end = () => {
      const at = this.waiting.indexOf(delayMs);
      if (!ended) this.waiting.splice(at, 1);
      ended = true;
    };
    let ended = false;
    this.waiting.push(delayMs);
    const cancel = super.after(delayMs, () => {
      end();
      run();
    });
    return () => {
      end();
      cancel();
    };
  }
}

export interface Bench<C extends Clock> {
  clock: C;
  outlet: SimulatedOutlet;
  tapo: SimulatedTapo;
  host: string;
  port: number;
  /** Another adapter object for the same plug. */
  client(options?: ClientOptions): TapoPlug;
  close(): Promise<void>;
}

interface ClientOptions {
  username?: string;
  password?: string;
  /** undefined: the configuration does not say it. */
  mac?: string | undefined;
  spacingMs?: number;
  /** What it remembers across restarts. */
  memory?: Map<string, unknown>;
}

interface BenchOptions {
  model?: TapoIdentity['model'];
  username?: string;
  password?: string;
}

/** A simulated plug that listens, and adapters for it; a load of 74.116 W is plugged in. */
export async function benchWith<C extends Clock>(clock: C, options: BenchOptions = {}): Promise<Bench<C>> {
  const outlet = new SimulatedOutlet(clock, () => 74.116);
  const tapo = new SimulatedTapo({
    clock,
    outlet,
    ...ACCOUNT,
    mac: '9C-53-22-00-00-01',
    model: 'P110',
    nickname: 'Key light – café',
    firmware: '1.4.6 Build 260101 Rel.120000',
    ...options,
  });
  const host = '127.0.0.1';
  const port = await tapo.start(host);
  const clients: TapoPlug[] = [];
  return {
    clock,
    outlet,
    tapo,
    host,
    port,
    client({ memory = new Map(), spacingMs = 0, ...options } = {}) {
      const { username, password, mac } = { ...ACCOUNT, mac: MAC, ...options };
      const secrets: Record<string, string> = { tapo_username: username, tapo_password: password };
      const settings = { adapter: 'tapo' as const, host, port, ...(mac && { mac }), pollSeconds: 10 };
      const deps = adapterDeps({ clock, secret: (name) => secrets[name], memory: memoryOf(memory) });
      const plug = tapoFactory(deps, spacingMs)({ id: 'key-light' }, settings);
      clients.push(plug);
      return plug;
    },
    async close() {
      for (const plug of clients) await plug.stop();
      await tapo.stop();
    },
  };
}

/** @param options.startMs when the clock starts, UTC ms */
export const bench = ({
  startMs,
  ...options
}: BenchOptions & { startMs?: number } = {}): Promise<Bench<WatchedClock>> =>
  benchWith(new WatchedClock(startMs), options);
