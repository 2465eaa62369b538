import fc from 'fast-check';
import { expect, test } from 'vitest';
import { powerLine } from '../../adapters/influx/line-protocol.ts';
import { type Context, pack, unpack, unpackWatts } from '../../adapters/journal/flush-codec.ts';
import { packMinutes, unpackMinutes } from '../../adapters/journal/minutes.ts';
import { lineOf, templateOf } from '../../adapters/journal/template.ts';
import type { Reading } from '../../model/reading.ts';
import { readingOf } from '../support/journal-batch.ts';

const measured = fc.oneof(
  fc.integer({ min: -5000, max: 50_000_000 }).map((value) => value / 1000),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e300, 5e-324, 0.1 + 0.2),
);
const maybe = fc.option(measured);
const reading: fc.Arbitrary<Reading> = fc
  .record({
    plug: fc.oneof(fc.constantFrom('a', 'b', 'key-light'), fc.string({ minLength: 1 })),
    atMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    lagMs: fc.integer({ min: -1_000_000, max: 4_000_000_000_000 }),
    watts: maybe,
    counterWh: maybe,
    relay: fc.option(fc.boolean()),
    volts: maybe,
    amps: maybe,
    celsius: maybe,
    flags: fc.array(fc.string(), { maxLength: 2 }),
    feed: fc.constantFrom('polled' as const, 'on-change' as const),
  })
  .map(({ lagMs, ...rest }) => ({ ...rest, monotonicMs: rest.atMs - lagMs }));
const madeOf = (one: Reading) =>
  powerLine(one, { plug: one.plug, kind: 'light', adapter: 'told', studio: 'a b' }) ?? 'nothing to say';
const flush = fc
  .tuple(fc.array(reading, { maxLength: 30 }), fc.array(fc.string({ minLength: 1 }), { maxLength: 5 }))
  .chain(([readings, texts]) =>
    fc.shuffledSubarray([...readings.map(madeOf), ...texts]).map((lines) => ({ readings, lines })),
  );

test('every reading and every line of every flush comes back as it was, whatever the flushes build upon', () => {
  fc.assert(
    fc.property(fc.array(flush, { maxLength: 6 }), (flushes) => {
      let base: Context | null = null;
      for (const one of flushes) {
        const { body, context, news } = pack(one, base);
        const { readings, lines } = unpack(body, base);
        expect(readings).toEqual(one.readings);
        expect(lines).toEqual(one.lines);
        const series = unpackWatts(body, base);
        expect(series.plugs).toEqual(one.readings.map(({ plug }) => plug));
        expect(series.atMs).toEqual(one.readings.map(({ atMs }) => atMs));
        expect(series.watts).toEqual(one.readings.map(({ watts }) => watts));
        if (news) base = context;
      }
    }),
    { numRuns: 300 },
  );
});

test('a steady stream costs few bytes, and its lines next to none', () => {
  const second = (n: number) =>
    Array.from({ length: 20 }, (_, plug) =>
      readingOf({
        plug: `plug-${plug}`,
        atMs: 1_800_000_000_000 + n * 1000 + plug * 3,
        watts: 40 + ((n + plug) % 3) / 10,
      }),
    );
  const first = second(0);
  const { context } = pack({ readings: first, lines: first.map(madeOf) }, null);
  const readings = [1, 2, 3, 4, 5].flatMap(second);
  const bare = pack({ readings, lines: [] }, context).body.length;
  const withLines = pack({ readings, lines: readings.map(madeOf) }, context).body.length;
  expect(bare / readings.length).toBeLessThan(4);
  expect(withLines - bare).toBeLessThan(30);
});

test('bytes that are no flush are refused, not misread for ever', () => {
  const { body } = pack({ readings: [readingOf({ atMs: 5 })], lines: ['a v=1'] }, null);
  for (let at = 0; at < body.length; at++) {
    const damaged = Uint8Array.from(body);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    expect(() => unpack(damaged, null), `byte ${at}`).toThrow();
  }
});

test('a line is only taken apart where it can be put together again', () => {
  fc.assert(
    fc.property(reading, (one) => {
      const template = templateOf(madeOf(one), one);
      if (template) expect(lineOf(template, one)).toBe(madeOf(one));
    }),
  );
});

test('minutes keep their counts, lowest and highest to the mW', () => {
  const watts = fc.integer({ min: -3_680_000, max: 25_000_000 }).map((milliwatts) => milliwatts / 1000);
  const minute = fc.tuple(fc.array(watts, { minLength: 1, maxLength: 60 })).map(([all]) => ({
    ...{ readings: all.length, sum: all.reduce((sum, one) => sum + one, 0) },
    ...{ min: Math.min(...all), max: Math.max(...all) },
  }));
  fc.assert(
    fc.property(fc.array(fc.option(minute), { minLength: 15, maxLength: 15 }), (minutes) => {
      for (const [index, found] of unpackMinutes(packMinutes(minutes)).entries()) {
        const before = minutes[index] ?? null;
        expect(found === null).toBe(before === null);
        if (!found || !before) continue;
        expect(found).toMatchObject({ readings: before.readings, min: before.min, max: before.max });
        expect(Math.abs(found.sum - before.sum)).toBeLessThanOrEqual(0.0005 * before.readings + 1e-6);
      }
    }),
  );
});
