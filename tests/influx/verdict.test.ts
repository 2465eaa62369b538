import { describe, expect, test } from 'vitest';
import { errorOf, verdictOf } from '../../adapters/influx/verdict.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 12);
const answer = (status: number, body = '', headers = {}) => ({ status, headers, body });

describe.each([1, 2, 3] as const)('InfluxDB %i', (flavour) => {
  const verdict = (...given: Parameters<typeof answer>) => verdictOf(flavour, answer(...given), 10, NOW_MS);

  test('only 204 is success', () => {
    for (let status = 100; status < 600; status += 1) {
      for (const body of ['', '{}', '{"error":"x"}', '{"code":"invalid","message":"x"}', '<html>'])
        expect(verdict(status, body).kind === 'taken').toBe(status === 204);
    }
  });

  test('what lacks rights, or is no InfluxDB, is a refusal', () => {
    for (const status of [401, 403, 404, 405, 302])
      for (const body of ['', '{"error":"no"}', '{"code":"no","message":"no"}', 'no such page'])
        expect(verdict(status, body)).toMatchObject({ kind: 'refused' });
    for (const status of [200, 201, 400]) expect(verdict(status, '<h1>Hotel</h1>')).toMatchObject({ kind: 'refused' });
  });

  test('what passes is waited for, as long as the server says, five minutes at most', () => {
    for (const status of [429, 500, 502, 503, 504]) {
      const told = (value: string) => verdict(status, '', { 'retry-after': value });
      expect(verdict(status)).toEqual(expect.objectContaining({ kind: 'later', afterMs: null }));
      expect(told('7')).toMatchObject({ kind: 'later', afterMs: 7000 });
      expect(told('Tue, 24 Nov 2026 12:00:30 GMT')).toMatchObject({ afterMs: 30_000 });
      expect(told('Tue, 24 Nov 2026 11:00:00 GMT')).toMatchObject({ afterMs: 0 });
      expect(told('86400')).toMatchObject({ afterMs: 300_000 });
      expect(told('soon')).toMatchObject({ afterMs: null });
    }
  });

  test('413 is too much at once', () => {
    expect(verdict(413)).toMatchObject({ kind: 'unacceptable', all: false });
  });
});

test('422 is of the lines in 2 and 3, and nothing that 1 knows', () => {
  const verdict = (flavour: 1 | 2 | 3) => verdictOf(flavour, answer(422, '{"error":"type conflict"}'), 10, NOW_MS).kind;
  expect([verdict(1), verdict(2), verdict(3)]).toEqual(['refused', 'unacceptable', 'unacceptable']);
});

test.each([
  'Adding a new database would exceed limit of 5 databases',
  'Update to schema would exceed number of tables limit of 2000 tables',
  'Update to schema would exceed number of columns per table limit of 500 columns',
])('"%s" is the limit of InfluxDB 3, not a bad line', (said) => {
  const body = JSON.stringify({ error: 'partial write of line protocol occurred', data: [{ error_message: said }] });
  expect(verdictOf(3, answer(422, body), 10, NOW_MS)).toMatchObject({ kind: 'refused' });
});

test.each(['max-values-per-tag limit exceeded (100000/100000)', 'max-series-per-database limit exceeded: (1000000)'])(
  '"%s" is the limit of InfluxDB 1, not a bad line',
  (said) => {
    const body = JSON.stringify({ error: `partial write: ${said} measurement="power" tag="plug" dropped=1` });
    expect(verdictOf(1, answer(400, body), 10, NOW_MS)).toMatchObject({ kind: 'refused', missing: false });
  },
);

test('a reason is read from a body of any flavour, also from one that was cut, and is short', () => {
  expect(errorOf('{"error":"a \\"quoted\\" é \\u00e9"}')).toBe('a "quoted" é é');
  expect(errorOf('{"code":"invalid","message":"bad"}')).toBe('bad');
  expect(errorOf('{"error":"partial write","data":[{"error_message":"No fields"}]}')).toBe('partial write: No fields');
  expect(errorOf('{"error":"unable to parse \\u00')).toBe('unable to parse \\u00');
  expect(errorOf('<html>"error":"x"</html>')).toBeNull();
  const long = verdictOf(1, answer(400, `{"error":"${'x'.repeat(10_000)}`), 10, NOW_MS);
  expect(long).toMatchObject({ kind: 'unacceptable', reason: expect.stringMatching(/^400 x{496}$/) });
});
