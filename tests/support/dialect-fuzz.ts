import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../adapters/mqtt/dialect.ts';
import { PlugProtocolError } from '../../model/errors.ts';

/** What parsers stumble over. */
const nasty = fc.constantFrom<unknown>(
  1e308,
  -1e308,
  5e9,
  -1,
  '12',
  'ON',
  'nan',
  null,
  true,
  [],
  {},
  [[1]],
  [null, 'OFF'],
  { Temperature: '1' },
);

/** The same JSON with one value somewhere in it replaced. */
function mutated(text: string, at: number, by: unknown): string {
  let seen = -1;
  const values = countValues(text);
  return JSON.stringify(JSON.parse(text), (_key, value) => {
    seen += 1;
    return seen === at % values ? by : value;
  });
}

function countValues(text: string): number {
  let values = 0;
  JSON.parse(text, (_key, value) => {
    values += 1;
    return value;
  });
  return values;
}

/**
 * Whatever comes on a topic, a dialect refuses it with a PlugProtocolError or finds finite numbers in it.
 * @param samples messages as they should be, to be mutated
 */
export function describeSoundDialect(name: string, make: () => Dialect, samples: readonly string[]): void {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString()),
    fc.constantFrom('', '1e999', 'nan', 'inf', 'null', '{"__proto__":{"POWER":"ON"}}', '['.repeat(20_000)),
    fc
      .constantFrom('{"ENERGY":', '{"StatusSNS":', '{"power":')
      .map((start) => `${start}${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    fc.tuple(fc.constantFrom(...samples), fc.nat(200), nasty).map(([sample, at, by]) => mutated(sample, at, by)),
    fc.tuple(fc.constantFrom(...samples), fc.nat(400)).map(([sample, length]) => sample.slice(0, length)),
  );

  describe(`${name}: whatever comes`, () => {
    it('is refused, or holds finite numbers and nothing unasked for', () => {
      const dialect = make();
      const topics = Object.keys(dialect.reports);
      fc.assert(
        fc.property(fc.constantFrom(...topics), texts, fc.boolean(), (topic, text, retained) => {
          let found: object = {};
          try {
            found = dialect.reports[topic]?.(text, retained) ?? {};
          } catch (error) {
            expect(error).toBeInstanceOf(PlugProtocolError);
          }
          for (const [key, value] of Object.entries(found)) {
            expect(['watts', 'counterWh', 'relay', 'volts', 'amps', 'celsius']).toContain(key);
            if (key === 'relay') expect([true, false, null, undefined]).toContain(value);
            else if (value !== null && value !== undefined) expect(value).toSatisfy(Number.isFinite);
          }
        }),
        { numRuns: 2000 },
      );
    });

    it('tells neither presence nor identity when it is not one', () => {
      const dialect = make();
      fc.assert(
        fc.property(texts, fc.boolean(), (text, retained) => {
          for (const there of Object.values(dialect.presence))
            expect([true, false, null]).toContain(there(text, retained));
          try {
            expect(dialect.identity.from(text)).toMatch(/^([0-9A-F]{12}|[0-9A-F]{16})$/);
          } catch (error) {
            expect(error).toBeInstanceOf(PlugProtocolError);
          }
        }),
        { numRuns: 500 },
      );
    });
  });
}
