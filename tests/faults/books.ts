import { expect } from 'vitest';

/** What `/metrics` says, by name and labels: `offair_spool_rows`, `offair_spool_dropped_rows_total{reason="room"}`. */
export type Metrics = ReadonlyMap<string, number>;

export function readMetrics(text: string): Metrics {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

export async function metricsOf(url: string): Promise<Metrics> {
  return readMetrics(await (await fetch(`${url}/metrics`)).text());
}

export interface Books {
  readings: { taken: number; written: number; waiting: number; dropped: number; thinned: number };
  points: { enqueued: number; delivered: number; queued: number; deadLetters: number; dropped: number };
}

/** What became of every reading and every point. Fails unless each is accounted for. */
export function balanced(metrics: Metrics): Books {
  const sum = (name: string) => {
    const found = [...metrics].filter(([key]) => key === `offair_${name}` || key.startsWith(`offair_${name}{`));
    expect(found, `${name} in /metrics`).not.toEqual([]);
    return found.reduce((total, [, value]) => total + value, 0);
  };
  const readings = {
    taken: sum('readings_total'),
    written: sum('readings_written_total'),
    waiting: sum('readings_waiting'),
    dropped: sum('readings_dropped_total'),
    thinned: sum('readings_thinned_total'),
  };
  const points = {
    enqueued: sum('spool_enqueued_rows_total'),
    delivered: sum('spool_delivered_rows_total'),
    queued: sum('spool_rows'),
    deadLetters: sum('spool_quarantined_rows'),
    dropped: sum('spool_dropped_rows_total'),
  };
  expect(readings.taken).toBe(readings.written + readings.waiting + readings.dropped);
  expect(points.enqueued).toBe(points.delivered + points.queued + points.deadLetters + points.dropped);
  return { readings, points };
}
