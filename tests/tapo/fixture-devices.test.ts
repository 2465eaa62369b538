import { describe, expect, it } from 'vitest';
import { completeTapoFixtures, tapoFixtures } from '../support/tapo-fixtures.ts';
import { expected, type FixtureBench, fixtureBench, macOf, said, spokenBy } from './fixture-bench.ts';

const all = completeTapoFixtures();
const NEVER = Number.POSITIVE_INFINITY;

/** Written out for those whose numbers say something, so that a mistake in reading them can't be made twice. */
const BY_HAND: Record<string, object[]> = {
  'P110(AU)_1.0_1.3.1.json': [{ watts: 0, counterWh: 0, volts: 238.609, amps: 0, relay: false, flags: [] }],
  'P110M(AU)_1.0_1.2.3.json': [{ watts: 74.116, counterWh: 173, volts: null, amps: null, relay: true, flags: [] }],
  'P115(US)_1.0_1.1.3.json': [{ watts: 0, counterWh: 0, volts: 122.133, amps: 0.03, relay: false }],
  'P100(US)_1.0.0_1.4.0.json': [{ watts: null, counterWh: null, volts: null, amps: null, relay: false }],
  'P304M(UK)_1.0_1.0.3.json': [0, 1, 2, 3].map(() => ({ watts: 0, counterWh: 0, volts: null, relay: false })),
  'P300(EU)_1.0_1.0.15.json': [0, 1, 2].map(() => ({ watts: null, counterWh: null, relay: true })),
  'P316M(US)_1.6_1.0.5.json': [
    { watts: 0, counterWh: 0, volts: 120.209, amps: 0 },
    { watts: 0, counterWh: 0, volts: 120.118, amps: 0 },
    { watts: 38.617, counterWh: 23, volts: 119.299, amps: 0.335 },
    { watts: 1.999, counterWh: 0, volts: 119.801, amps: 0.085 },
    { watts: 0, counterWh: 0, volts: 120.047, amps: 0 },
    { watts: 0, counterWh: 0, volts: 119.868, amps: 0 },
  ],
};

async function withBench(fixture: (typeof all)[number]['fixture'], use: (bench: FixtureBench) => Promise<void>) {
  const bench = await fixtureBench(fixture);
  try {
    await use(bench);
  } finally {
    await bench.close();
  }
}

describe.each(all)('the device of $file', ({ file, fixture }) => {
  it('is read to the last digit: watts, counter, volts, amps, relay and flags of each outlet', () =>
    withBench(fixture, async ({ plugs }) => {
      const readings = [];
      for (const plug of plugs) readings.push(said(await plug.read()));
      expect(readings).toEqual(expected(fixture));
      expect(readings).toMatchObject(BY_HAND[file] ?? readings);
    }));

  it('is known by its MAC', () =>
    withBench(fixture, async ({ plugs }) => {
      for (const plug of plugs) expect(await plug.relay?.identity()).toBe(macOf(fixture));
    }));

  it('switches the outlet that it was told to, and no other', () =>
    withBench(fixture, async ({ plugs }) => {
      const before = expected(fixture).map(({ relay }) => relay);
      const [first] = plugs;
      await first?.relay?.switchTo(!before[0], NEVER);
      const after = [];
      for (const plug of plugs) after.push((await plug.read()).relay);
      expect(after).toEqual(before.with(0, !before[0]));
    }));

  it('is never asked for its LED, which some do not survive', () =>
    withBench(fixture, async ({ plugs, methods }) => {
      for (const plug of plugs) for (let poll = 0; poll < 3; poll += 1) await plug.read();
      expect(methods.asked).not.toContain('get_led_info');
    }));
});

it('a P110M that has lost its clock gets it from offair, and is read all the same', () =>
  withBench(
    all.find(({ file }) => file.startsWith('P110M(AU)'))?.fixture ?? expect.unreachable(),
    async ({ plugs, methods }) => {
      expect((await plugs[0]?.read())?.watts).toBe(74.116);
      expect(methods.asked.filter((method) => method === 'set_device_time')).toHaveLength(1);
    },
  ));

describe('what is only known in outline', () => {
  const [metering] = all.filter(({ file }) => file.startsWith('P110M(AU)'));
  const spoken = Map.groupBy(tapoFixtures(), ({ fixture }) => spokenBy(fixture));

  it.each([...spoken])('is spoken to by the transport that its devices know: %s', (_spoken, [like]) => {
    if (!metering || !like) throw new Error('no fixture');
    const { transport } = like.fixture;
    return withBench({ ...metering.fixture, transport }, async ({ plugs }) => {
      expect((await plugs[0]?.read())?.watts).toBe(74.116);
    });
  });
});
