import { type FootprintParts, FootprintSum, type Pricing } from './emissions.ts';
import type { EnergySlice } from './energy.ts';
import type { PlugId } from './plug.ts';

/**
 * A UTC day's energy and grams, summed up as far as no grouping by plug, kind, session or day can tell: plain JSON, some
 * hundred parts instead of ten thousand quarter hours.
 */
export interface DayTotal {
  /** `day`: the studio's local day; a UTC day touches two of them. */
  plugs: { plug: PlugId; day: string; parts: FootprintParts }[];
  /** null: between sessions. */
  sessions: { sessionId: string | null; parts: FootprintParts }[];
}

/** @param dayOf the local day, YYYY-MM-DD, in which a quarter hour starts */
export function dayTotal(slices: readonly EnergySlice[], price: Pricing, dayOf: (startMs: number) => string): DayTotal {
  const plugs = new Map<string, { plug: PlugId; day: string; sum: FootprintSum }>();
  const sessions = new Map<string | null, FootprintSum>();
  for (const slice of slices) {
    const { plug, startMs, sessionId } = slice;
    const point = price(startMs);
    const day = dayOf(startMs);
    const key = `${day}|${plug}`;
    const own = plugs.get(key) ?? { plug, day, sum: new FootprintSum() };
    plugs.set(key, own);
    own.sum.add(slice, point);
    const session = sessions.get(sessionId) ?? new FootprintSum();
    sessions.set(sessionId, session);
    session.add(slice, point);
  }
  return {
    plugs: [...plugs.values()].map(({ plug, day, sum }) => ({ plug, day, parts: sum.parts() })),
    sessions: [...sessions].map(([sessionId, sum]) => ({ sessionId, parts: sum.parts() })),
  };
}
