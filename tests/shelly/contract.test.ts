import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type Bench, bench, DEVICE, GEN1_DEVICE, GEN1_MAC, MAC } from './bench.ts';

/** A plug that is away is known by a time-out of 3 s: of the plug's clock. */
const clock = fastClock(4);
const online = (prefix: string) => ({ topic: `${prefix}/online`, here: 'true', gone: 'false' });

describePlugContract('Shelly Plug S Gen3', {
  async make() {
    const table = await bench(clock);
    const shelly = await table.shelly();
    return {
      ...common(table, shelly),
      device: table.plug({ device: DEVICE, generation: 3 }),
      mac: MAC,
      ...(await table.away(shelly, online(DEVICE))),
      answerGarbage: async (on) => shelly.behave({ answers: on ? 'garbage' : 'answer' }),
    };
  },
});

describePlugContract('An outlet of a Shelly Power Strip', {
  async make() {
    const device = 'shellypstripg4-d885ac0f1234';
    const table = await bench(clock);
    const outlet = new SimulatedOutlet(clock, () => 40);
    const shelly = await table.shelly({ device, moreOutlets: [outlet] });
    return {
      ...common(table, shelly),
      outlet,
      device: table.plug({ device, generation: 4, channel: 1 }),
      mac: 'D885AC0F1234',
      ...(await table.away(shelly, online(device))),
      answerGarbage: async (on) => shelly.behave({ answers: on ? 'garbage' : 'answer' }),
    };
  },
});

describePlugContract('Shelly Plug S Gen1', {
  async make() {
    const table = await bench(clock);
    const shelly = await table.gen1();
    return {
      ...common(table, shelly),
      device: table.plug({ device: GEN1_DEVICE, generation: 1, mac: GEN1_MAC }),
      mac: GEN1_MAC,
      ...(await table.away(shelly, online(`shellies/${GEN1_DEVICE}`))),
      answerGarbage: async (on) => shelly.behave({ garbage: on }),
    };
  },
});

function common({ outlet, close }: Bench, shelly: { executed: readonly unknown[] }) {
  return { outlet, clock, executedCommands: () => shelly.executed.length, close };
}
