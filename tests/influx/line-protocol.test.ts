import { expect, test } from 'vitest';
import {
  energyLine,
  healthLine,
  intensityLine,
  powerLine,
  sessionLine,
  sessionTotalLine,
  switchLine,
  toLine,
} from '../../adapters/influx/line-protocol.ts';
import type { Footprint } from '../../model/emissions.ts';
import type { SessionRecord, SwitchRecord } from '../../model/ports.ts';
import { HEALTH } from '../support/health.ts';
import { readingOf } from '../support/journal-batch.ts';

const tags = { plug: 'key-light', kind: 'light', studio: 'studio-a' } as const;

test('a reading becomes one line with the same tags whatever it knows', () => {
  const all = readingOf({ atMs: 1_764_000_000_123, watts: 41.5, counterWh: 1200, volts: 231, relay: true });
  expect(powerLine(all, { ...tags, adapter: 'tapo' })).toBe(
    'power,adapter=tapo,kind=light,plug=key-light,studio=studio-a watts=41.5,energy_wh=1200,volts=231,relay=1 1764000000123',
  );
  const little = readingOf({ atMs: 5, watts: null, relay: false });
  expect(powerLine(little, { ...tags, adapter: 'tapo' })).toBe(
    'power,adapter=tapo,kind=light,plug=key-light,studio=studio-a relay=0 5',
  );
});

test('a reading without any value has no line', () => {
  expect(powerLine(readingOf({ watts: null, relay: null }), { ...tags, adapter: 'tapo' })).toBeNull();
});

test('energy says where its grams are from; without a price it has neither, rather than none', () => {
  const origins: Footprint['origins'] = [
    { provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated', wh: 10 },
  ];
  const priced = { wh: 10, grams: 0.25, coverage: 1, unpricedWh: 0, origins };
  expect(energyLine(tags, 900_000, priced)).toBe(
    'energy,kind=light,plug=key-light,studio=studio-a wh=10,coverage=1,grams=0.25,provider="rte-odre",' +
      'factor_type="lifecycle",status="estimated" 900000',
  );
  for (const unpriced of [origins, []]) {
    expect(energyLine(tags, 900_000, { ...priced, grams: 0, unpricedWh: 10, origins: unpriced })).toBe(
      'energy,kind=light,plug=key-light,studio=studio-a wh=10,coverage=1 900000',
    );
  }
});

test('for InfluxDB 3 each version of a quarter hour is a point of its own', () => {
  const said = (wh: number, saidAtMs: number) =>
    energyLine(tags, 900_000, { wh, grams: 0, coverage: 1, unpricedWh: wh, origins: [] }, saidAtMs);
  const series = 'energy,kind=light,plug=key-light,slot=1970-01-01T00:15:00.000Z,studio=studio-a';
  expect([said(10, 960_000), said(11, 1_020_000)]).toEqual([
    `${series} wh=10,coverage=1 960000`,
    `${series} wh=11,coverage=1 1020000`,
  ]);
});

test('an intensity of 0 g is a value', () => {
  expect(
    intensityLine(
      {
        zone: 'FR',
        startMs: 900_000,
        endMs: 1_800_000,
        gramsPerKwh: 0,
        factorType: 'lifecycle',
        basis: 'production',
        status: 'estimated',
        provider: 'rte-odre',
        fetchedAtMs: 2_000_000,
      },
      'a',
    ),
  ).toBe('intensity,provider=rte-odre,status=estimated,studio=a,zone=FR g_per_kwh=0,factor_type="lifecycle" 900000');
});

test('sessions and switchings carry their words as text and only a verified command as verified', () => {
  const session: SessionRecord = {
    id: 's1',
    title: 'Live "de" noël',
    startedAtMs: 1,
    endedAtMs: null,
    phases: [{ phase: 'live', atMs: 1 }],
    audience: [{ atMs: 1, viewers: 120 }],
    startedBy: 'api',
    endedBy: null,
  };
  expect(sessionLine(session, 'live', 'studio-a', 7)).toBe(
    'session,studio=studio-a phase="live",session="s1",title="Live \\"de\\" noël",viewers=120 7',
  );
  const record: SwitchRecord = {
    commandId: 'c1',
    atMs: 9,
    plug: 'key-light',
    to: 'off',
    by: 'policy',
    reason: 'off air',
    reasons: [],
    source: null,
    wattsBefore: null,
    outcome: 'unknown',
    detail: '',
    tookMs: null,
  };
  expect(switchLine(record, 'studio-a')).toBe(
    'switch,plug=key-light,studio=studio-a to="off",verified=0,reason="off air" 9',
  );
});

test('numbers that are none are left out, and a time that is none makes no line', () => {
  expect(toLine('m', {}, { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 1e-7, d: -0, e: undefined }, 1.9)).toBe(
    'm c=1e-7,d=0 1',
  );
  expect(toLine('m', {}, { a: Number.NaN }, 1)).toBeNull();
  expect(toLine('m', {}, { a: 1 }, Number.NaN)).toBeNull();
});

test('separators in names are escaped; what the format can not say is replaced', () => {
  expect(toLine('a b,c', { 'k =,': 'v =,' }, { 'f =,': 1 }, 1)).toBe('a\\ b\\,c,k\\ \\=\\,=v\\ \\=\\, f\\ \\=\\,=1 1');
  expect(toLine('m', { t: 'ends with \\' }, { v: 1 }, 1)).toBe('m,t=ends\\ with\\ / v=1 1');
  expect(toLine('m', { t: 'C:\\dir\\,x' }, { v: 1 }, 1)).toBe('m,t=C:\\dir/\\,x v=1 1');
  expect(toLine('m', { t: 'two\r\nlines' }, { v: 1 }, 1)).toBe('m,t=two\\ lines v=1 1');
  expect(toLine('m', { t: '' }, { v: 1 }, 1)).toBe('m,t=- v=1 1');
});

test('energy between lives is told apart, without changing the sum', () => {
  const all = { wh: 10, standbyWh: 4, grams: 0, coverage: 1, unpricedWh: 10, origins: [] };
  expect(energyLine(tags, 900_000, all)).toBe(
    'energy,kind=light,plug=key-light,studio=studio-a wh=10,standby_wh=4,coverage=1 900000',
  );
});

test('what a session came to is a point at its start; grams only when all of it has a price', () => {
  const session: SessionRecord = {
    ...{ id: '2026-11-24-1', title: 'Matinale', startedAtMs: 60_000, endedAtMs: 7_260_000, startedBy: 'api' },
    ...{
      endedBy: 'api',
      phases: [],
      audience: [
        { atMs: 90_000, viewers: 80 },
        { atMs: 95_000, viewers: 60 },
      ],
    },
  };
  const origins: Footprint['origins'] = [
    { provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated', wh: 10 },
  ];
  const footprint = { wh: 10, grams: 0.25, coverage: 0.98, unpricedWh: 0, origins };
  const total = { session, minutes: 120, onAirMinutes: 90, letter: 'B', footprint };
  const measured =
    'session_total,studio=a session="2026-11-24-1",title="Matinale",wh=10,coverage=0.98,minutes=120,on_air_minutes=90,viewers=80,letter="B"';
  expect(sessionTotalLine(total, 'a')).toBe(
    `${measured},grams=0.25,provider="rte-odre",factor_type="lifecycle",status="estimated" 60000`,
  );
  expect(sessionTotalLine({ ...total, footprint: { ...footprint, unpricedWh: 1 } }, 'a')).toBe(`${measured} 60000`);
});

test('how a studio is has one field for each fact; what nobody knows is left out', () => {
  const rest =
    'uptime_seconds=60,resident_megabytes=120.5,plugs=8,plugs_online=7,problems=1,readings=400,' +
    'readings_dropped=0,pending_points=3,quarantined_points=0,dropped_points=0 5';
  expect(healthLine(HEALTH, 'a', 5)).toBe(
    `health,studio=a version="1.2.3",phase="live",on_air=1,dry_run=0,watts=330,alarms=0,${rest}`,
  );
  expect(healthLine({ ...HEALTH, phase: 'unknown', onAir: null, watts: null }, 'a', 5)).toBe(
    `health,studio=a version="1.2.3",phase="unknown",dry_run=0,alarms=0,${rest}`,
  );
});
