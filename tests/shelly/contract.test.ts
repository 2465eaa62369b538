import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { describePlugContract, type PlugUnderTest } from '../contract/plug-contract.ts';
import { fastClock } from '../support/fast-clock.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, DEVICE, GEN1_DEVICE, GEN1_MAC, MAC } from './bench.ts';

/** A plug that is away is known by a time-out of 3 s: of the plug's clock. */
const clock = fastClock(4);

describePlugContract('Shelly Plug S Gen3', {
  async make() {
    const table = await bench(clock);
    const shelly = await table.shelly();
    return {
      ...common(table, shelly),
      device: table.plug({ device: DEVICE, generation: 3 }),
      mac: MAC,
      ...(await away(table, shelly, DEVICE)),
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
      ...(await away(table, shelly, device)),
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
      ...(await away(table, shelly, `shellies/${GEN1_DEVICE}`)),
      answerGarbage: async (on) => shelly.behave({ garbage: on }),
    };
  },
});

function common({ outlet, close }: Bench, shelly: { executed: readonly unknown[] }) {
  return { outlet, clock, executedCommands: () => shelly.executed.length, close };
}

/** The plug is gone for the adapter when the broker has sent its will, and back when it said so. */
async function away(
  { bus }: Bench,
  shelly: { start(): Promise<void>; stop(): Promise<void> },
  prefix: string,
): Promise<Pick<PlugUnderTest, 'goAway' | 'comeBack'>> {
  let online = '';
  await bus.subscribe(`${prefix}/online`, ({ payload }) => {
    online = payload.toString();
  });
  return {
    async goAway() {
      await shelly.stop();
      await until('the will of the plug', () => online === 'false');
    },
    async comeBack() {
      await shelly.start();
      await until('the plug is back', () => online === 'true');
    },
  };
}
