import { z } from 'zod';
import type { CounterSample } from '../../model/ports.ts';
import type { Answer, Request } from './protocol.ts';

const POWER_DATA = 'get_power_data';
const SLOT_MINUTES = 5;
const SLOT_MS = SLOT_MINUTES * 60_000;
const HOUR_MS = 3_600_000;
/** Plugs answer with 12 hours at most. */
const MOST_SLOTS = 144;
/** What a slot of which the plug knows nothing has in place of watts. */
const UNKNOWN = -1;

const MOST_WATTS = 25_000;
const dataSchema = z.object({
  data: z.array(z.number().min(UNKNOWN).max(MOST_WATTS).nullable()).max(MOST_SLOTS),
  start_timestamp: z.number(),
  interval: z.literal(SLOT_MINUTES),
});

/** Mean watts by the start of each 5 minutes, UTC ms. */
type Slots = ReadonlyMap<number, number>;

/**
 * Mean watts of every 5 minutes, for the last 12 hours before `toMs` at most, from newer firmware; empty where there is
 * none: hours must do then.
 * @throws like `ask`
 */
export async function powerHistory(
  ask: (requests: readonly Request[]) => Promise<Map<string, Answer>>,
  fromMs: number,
  toMs: number,
): Promise<Slots> {
  const endMs = Math.floor(toMs / SLOT_MS) * SLOT_MS;
  const startMs = Math.max(Math.floor(fromMs / SLOT_MS) * SLOT_MS, endMs - MOST_SLOTS * SLOT_MS);
  if (startMs >= endMs) return new Map();
  const params = { start_timestamp: startMs / 1000, end_timestamp: endMs / 1000, interval: SLOT_MINUTES };
  const answer = (await ask([{ method: POWER_DATA, params }])).get(POWER_DATA);
  const { data } = dataSchema.safeParse(answer?.result);
  if (data?.start_timestamp !== params.start_timestamp) return new Map();
  return new Map(
    data.data.flatMap((watts, index): [number, number][] =>
      watts === null || watts < 0 ? [] : [[startMs + index * SLOT_MS, watts]],
    ),
  );
}

/**
 * A counter told by the hour, with what the slots say of the hours of which they know every part: the hour's energy is
 * the truth, the watts only say when it was drawn. What came after the last hour is what the watts make of it.
 * @param samples oldest first
 */
export function finer(samples: readonly CounterSample[], slots: Slots): CounterSample[] {
  const fine: CounterSample[] = [];
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    if (before) fine.push(...between(before, sample, slots));
    fine.push(sample);
  }
  for (let last = fine.at(-1); last; last = fine.at(-1)) {
    const watts = slots.get(last.atMs);
    if (watts === undefined) break;
    fine.push({ atMs: last.atMs + SLOT_MS, counterWh: last.counterWh + (watts * SLOT_MS) / HOUR_MS });
  }
  return fine;
}

function between(from: CounterSample, to: CounterSample, slots: Slots): CounterSample[] {
  const gainedWh = to.counterWh - from.counterWh;
  // A day ends a millisecond before its last slot does.
  const count = Math.round((to.atMs - from.atMs) / SLOT_MS);
  if (gainedWh <= 0 || count > HOUR_MS / SLOT_MS) return [];
  const starts = Array.from({ length: count }, (_, index) => from.atMs + index * SLOT_MS);
  const known = starts.flatMap((atMs) => slots.get(atMs) ?? []);
  const sum = known.reduce((total, watts) => total + watts, 0);
  if (known.length < count || sum === 0) return [];
  let share = 0;
  return known.slice(0, -1).map((watts, index) => {
    share += watts / sum;
    return { atMs: from.atMs + (index + 1) * SLOT_MS, counterWh: from.counterWh + gainedWh * share };
  });
}
