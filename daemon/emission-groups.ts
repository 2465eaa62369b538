import type { EmissionGroup } from '../api/deps.ts';
import { type DayTotal, dayTotal } from '../model/day-total.ts';
import { type Footprint, type FootprintParts, FootprintSum, type Pricing } from '../model/emissions.ts';
import type { EnergySlice } from '../model/energy.ts';
import { wallParts } from '../model/local-day.ts';
import { kindsOf, type PlugId, type PlugSpec } from '../model/plug.ts';
import type { Journal } from '../model/ports.ts';
import { remembered } from '../model/remembered.ts';
import type { Carbon } from './carbon.ts';
import { daysOf } from './days-of.ts';

const DAY_MS = 86_400_000;

/** Energy and grams by group. Slices count to the hour or local day in which their quarter hour starts. */
export class EmissionGroups {
  readonly #groupBy: EmissionGroup;
  readonly #kindOf: (plug: PlugId) => string;
  readonly #dayOf: (startMs: number) => string;
  readonly #groups = new Map<string, FootprintSum>();

  constructor(groupBy: EmissionGroup, plugs: readonly PlugSpec[], timeZone: string) {
    this.#groupBy = groupBy;
    this.#kindOf = kindsOf(plugs);
    this.#dayOf = localDays(timeZone);
  }

  add(slices: readonly EnergySlice[], price: Pricing): void {
    for (const slice of slices) this.#sum(this.#keyOf(slice)).add(slice, price(slice.startMs));
  }

  /** A whole UTC day at once; not by hour, which it can't tell. */
  addDay({ plugs, sessions }: DayTotal): void {
    const add = (key: string, parts: FootprintParts) => this.#sum(key).addParts(parts);
    if (this.#groupBy === 'session') for (const { sessionId, parts } of sessions) add(sessionId ?? 'standby', parts);
    else if (this.#groupBy === 'day') for (const { day, parts } of plugs) add(day, parts);
    else for (const { plug, parts } of plugs) add(this.#groupBy === 'kind' ? this.#kindOf(plug) : plug, parts);
  }

  list(): { key: string; footprint: Footprint }[] {
    return [...this.#groups].map(([key, sum]) => ({ key, footprint: sum.total() }));
  }

  #keyOf({ plug, sessionId, startMs }: EnergySlice): string {
    switch (this.#groupBy) {
      case 'plug':
        return plug;
      case 'kind':
        return this.#kindOf(plug);
      case 'session':
        return sessionId ?? 'standby';
      case 'hour':
        return new Date(Math.floor(startMs / 3_600_000) * 3_600_000).toISOString();
      case 'day':
        return this.#dayOf(startMs);
    }
  }

  #sum(key: string): FootprintSum {
    const sum = this.#groups.get(key) ?? new FootprintSum();
    this.#groups.set(key, sum);
    return sum;
  }
}

/** Reading a wall clock is slow, and many plugs share each quarter hour. */
export function localDays(timeZone: string): (startMs: number) => string {
  return remembered((startMs) => wallParts(startMs, timeZone).day);
}

/**
 * Emissions of [fromMs, toMs) by group, as far as the journal has it. Whole UTC days that are over are summed up once and
 * kept until something of them changes.
 */
export async function emissionsBy(
  groupBy: EmissionGroup,
  [fromMs, toMs]: readonly [number, number],
  deps: {
    journal: Journal;
    carbon: Pick<Carbon, 'pricingOf' | 'basis'>;
    plugs: readonly PlugSpec[];
    timeZone: string;
    nowMs: number;
  },
): Promise<{ key: string; footprint: Footprint }[]> {
  const { journal, carbon, plugs, timeZone, nowMs } = deps;
  const groups = new EmissionGroups(groupBy, plugs, timeZone);
  const basis = `${carbon.basis}|${timeZone}`;
  const { days, change } = await journal.dayTotals(fromMs, toMs, basis);
  const kept = new Map(days.map(({ startMs, json }) => [startMs, json]));
  const dayOf = localDays(timeZone);
  for (const [startMs, endMs] of daysOf(fromMs, toMs)) {
    const whole = groupBy !== 'hour' && endMs - startMs === DAY_MS && endMs <= nowMs;
    const json = whole ? kept.get(startMs) : undefined;
    if (json !== undefined) {
      groups.addDay(JSON.parse(json));
      continue;
    }
    const slices = await journal.slices(startMs, endMs);
    const price = await carbon.pricingOf(startMs, endMs);
    if (!whole) {
      groups.add(slices, price);
      continue;
    }
    const total = dayTotal(slices, price, dayOf);
    groups.addDay(total);
    // A full disk keeps nobody from the answer.
    await journal.putDayTotal({ startMs, json: JSON.stringify(total) }, basis, change).catch(() => {});
  }
  return groups.list();
}
