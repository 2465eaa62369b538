/** What the providers' answers have in common: numbers that may be text, times with their zone, rows in any order. */
import type { IntensityPoint } from '../../model/intensity.ts';

/** Far above any grid: burning nothing but coal is about 1000 g/kWh. */
const MAX_GRAMS_PER_KWH = 2000;

/** Some columns are text, some of it "ND" (not available): null. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** gCO2e per kWh as a grid may have it: 0 is a value, what is negative, absurd or missing is null. */
export function gramsPerKwhOf(value: unknown): number | null {
  const grams = numberOf(value);
  return grams === null || grams < 0 || grams > MAX_GRAMS_PER_KWH ? null : grams;
}

/** UTC ms of an ISO-8601 time; null without an offset: a bare local time is ambiguous. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/(Z|[+-]\d\d:\d\d)$/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * Those that overlap [fromMs, toMs), one per slot, oldest first. Providers give a slot twice now and then: what is
 * measured stands before what is estimated, else the first.
 */
export function inOrder(points: readonly IntensityPoint[], fromMs: number, toMs: number): IntensityPoint[] {
  const bySlot = new Map<number, IntensityPoint>();
  for (const point of points) {
    if (point.startMs >= toMs || point.endMs <= fromMs) continue;
    const known = bySlot.get(point.startMs);
    if (!known || (known.status !== 'measured' && point.status === 'measured')) bySlot.set(point.startMs, point);
  }
  return [...bySlot.values()].sort((a, b) => a.startMs - b.startMs);
}
