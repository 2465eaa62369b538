import type { Clock } from '../model/clock.ts';
import { quarterHourStart } from '../model/energy.ts';
import {
  addQuarter,
  CHARGE_MEMORY_MS,
  flowsOf,
  type OnsiteQuarter,
  type OnsiteSample,
  onsiteShare,
  quartersOf,
  SAMPLE_HOLD_MS,
} from '../model/onsite.ts';
import type { Journal } from '../model/ports.ts';

const DAY_MS = 86_400_000;

interface OnsiteDeps {
  clock: Clock;
  journal: Pick<Journal, 'state'>;
  /** Keeps a piece of state with the next flush. */
  keep(name: string, value: unknown): void;
}

type Quarters = Map<number, OnsiteQuarter>;
type Share = (startMs: number) => number;

/** What the studio's own roof and battery gave, as it is pushed to the API; kept by the UTC day. */
export class Onsite {
  readonly #deps: OnsiteDeps;
  /** Of yesterday and today: what a battery gives now was charged since. */
  #quarters: Quarters = new Map();
  #last: (OnsiteSample & { atMs: number }) | null = null;
  #toldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: OnsiteDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    this.#quarters = await this.#read(nowMs - DAY_MS, nowMs);
  }

  /** What flows at the connection now, as somebody tells who measures it. */
  push(sample: OnsiteSample): { loadWatts: number; solarWatts: number } {
    this.#toldUntilMs = this.#deps.clock.monotonicMs() + SAMPLE_HOLD_MS;
    return this.#take(sample);
  }

  /**
   * What plugs of kind solar make, against what the studio's other plugs draw: of the two the smaller is the roof's. Not
   * looked at while the connection itself is told of: that knows what else is used behind it.
   */
  metered(madeWatts: number, drawnWatts: number): void {
    if (this.#deps.clock.monotonicMs() < this.#toldUntilMs) return;
    this.#take({ solarWatts: madeWatts, gridWatts: drawnWatts - madeWatts, batteryWatts: 0 });
  }

  /** Counts what flowed since the last sample. A quarter hour is kept once it is over: a crash makes it grid. */
  #take(sample: OnsiteSample): { loadWatts: number; solarWatts: number } {
    const atMs = this.#deps.clock.nowMs();
    if (this.#count(atMs)) this.#save(atMs);
    this.#last = { ...sample, atMs };
    const { loadWh, solarWh } = flowsOf(sample);
    return { loadWatts: loadWh, solarWatts: solarWh };
  }

  stop(): void {
    const nowMs = this.#deps.clock.nowMs();
    if (!this.#last) return;
    this.#count(nowMs);
    this.#last = null;
    this.#save(nowMs);
  }

  /** The share of the roof in the quarter hours of today and yesterday. */
  get share(): Share {
    return (startMs) => onsiteShare(this.#quarters, startMs);
  }

  /** The share of the roof in the quarter hours of [fromMs, toMs), however long ago. */
  async shareOf(fromMs: number, toMs: number): Promise<Share> {
    const quarters = await this.#read(fromMs - CHARGE_MEMORY_MS, toMs);
    for (const [startMs, quarter] of this.#quarters) quarters.set(startMs, quarter);
    return (startMs) => onsiteShare(quarters, startMs);
  }

  /** true when a quarter hour ended. */
  #count(atMs: number): boolean {
    const last = this.#last;
    // A clock that was set back says nothing of how long it was.
    if (!last || atMs <= last.atMs) return false;
    for (const quarter of quartersOf(last, last.atMs, Math.min(atMs, last.atMs + SAMPLE_HOLD_MS))) {
      const known = this.#quarters.get(quarter.startMs);
      this.#quarters.set(quarter.startMs, known ? addQuarter(known, quarter) : quarter);
    }
    return quarterHourStart(atMs) > quarterHourStart(last.atMs);
  }

  #save(nowMs: number): void {
    const yesterday = dayOf(nowMs - DAY_MS);
    this.#quarters = new Map([...this.#quarters].filter(([startMs]) => dayOf(startMs) >= yesterday));
    for (const [day, quarters] of Map.groupBy(this.#quarters.values(), ({ startMs }) => dayOf(startMs)))
      this.#deps.keep(nameOf(day), quarters);
  }

  async #read(fromMs: number, toMs: number): Promise<Quarters> {
    const quarters: Quarters = new Map();
    for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs <= toMs; dayMs += DAY_MS) {
      const kept = (await this.#deps.journal.state(nameOf(dayOf(dayMs)))) as OnsiteQuarter[] | null | undefined;
      for (const quarter of kept ?? []) quarters.set(quarter.startMs, quarter);
    }
    return quarters;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function nameOf(day: string): string {
  return `onsite:${day}`;
}
