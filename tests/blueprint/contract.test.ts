import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { blueprintAdapter } from '../../adapters/_blueprint/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { CommandExpired } from '../../model/errors.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MAC = '02BB00000001';

/** The plug that the blueprint speaks with, over real HTTP, in front of a simulated outlet. */
class SimulatedBlueprint {
  readonly #outlet: SimulatedOutlet;
  #server: Server | null = null;
  #port = 0;
  garbage = false;
  executed = 0;

  constructor(outlet: SimulatedOutlet) {
    this.#outlet = outlet;
  }

  async start(): Promise<number> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://plug');
      if (this.garbage) return response.end('<html>200 OK</html>');
      if (request.method === 'POST' && url.pathname === '/relay') {
        this.executed += 1;
        this.#outlet.switchTo(url.searchParams.get('on') === 'true');
      }
      const { watts, wattHours, relay } = this.#outlet;
      return response.end(JSON.stringify({ watts, wh: wattHours, on: relay, mac: MAC }));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this.#port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }
}

async function make() {
  const clock = new FakeClock();
  const outlet = new SimulatedOutlet(clock, () => 100);
  const simulated = new SimulatedBlueprint(outlet);
  const port = await simulated.start();
  const settings = blueprintAdapter.schema.parse({ adapter: 'blueprint', host: '127.0.0.1', port, mac: MAC });
  return {
    device: blueprintAdapter.factory(adapterDeps({ clock }))({ id: 'copied' }, settings),
    outlet,
    mac: MAC,
    clock,
    goAway: () => simulated.stop(),
    async comeBack() {
      await simulated.start();
    },
    async answerGarbage(on: boolean) {
      simulated.garbage = on;
    },
    executedCommands: () => simulated.executed,
    close: () => simulated.stop(),
  };
}

describePlugContract('the blueprint', { make });

test('a live that begins while the connection is made keeps the plug on', async () => {
  const { device, clock, executedCommands, close } = await make();
  let wanted = true;
  const cut = device.relay?.switchTo(false, clock.monotonicMs() + 10_000, () => wanted);
  wanted = false;
  await expect(cut).rejects.toThrow(CommandExpired);
  expect(executedCommands()).toBe(0);
  await close();
});
