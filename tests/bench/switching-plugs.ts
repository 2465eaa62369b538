/**
 * Simulated Shelly plugs and their broker in a process of their own: a line of JSON with the broker's address, then one
 * with the wall time, ms, whenever the first relay of all goes the other way; it ends with standard input.
 */
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { systemClock as clock } from '../../daemon/clock.ts';
import { openBroker } from '../support/open-broker.ts';

/** Where the last relay went. */
let last = true;

class TimedOutlet extends SimulatedOutlet {
  override switchTo(on: boolean): void {
    if (on !== this.relay) {
      if (on !== last) console.log(JSON.stringify({ firstMs: performance.timeOrigin + performance.now() }));
      last = on;
    }
    super.switchTo(on);
  }
}

const broker = await openBroker();
for (const device of process.argv.slice(2)) {
  const outlet = new TimedOutlet(clock, () => 80);
  await new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device }).start();
}
console.log(JSON.stringify({ brokerUrl: broker.url }));
process.stdin.on('end', () => process.exit(0)).resume();
