import type { PlugView } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { PlugDevice } from '../model/ports.ts';
import type { PlugTrouble } from '../model/problems.ts';
import type { Reading } from '../model/reading.ts';

/** How long something odd that happened once is shown, ms. */
const TROUBLE_SHOWN_MS = 10 * 60_000;

interface Trouble {
  what: string;
  atMonotonicMs: number;
}

/** What is known of each plug right now: its last reading and what is wrong with it. */
export class Live {
  readonly #clock: Clock;
  readonly #plugs = new Map<
    PlugId,
    { reading: Reading | null; problem: PlugTrouble | null; trouble: Trouble | null; asked: boolean; away: boolean }
  >();
  #revision = 0;
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock, plugs: readonly PlugSpec[]) {
    this.#clock = clock;
    for (const { id } of plugs)
      this.#plugs.set(id, { reading: null, problem: null, trouble: null, asked: false, away: false });
  }

  reading(reading: Reading): void {
    const plug = this.#plugs.get(reading.plug);
    if (!plug) return;
    plug.reading = reading;
    plug.away = false;
    plug.asked = true;
    this.changed();
  }

  /** It was asked; null: it answered. */
  asked(id: PlugId, problem: PlugTrouble | null): void {
    const plug = this.#plugs.get(id);
    if (!plug) return;
    plug.asked = true;
    if (plug.problem === problem) return;
    plug.problem = problem;
    this.changed();
  }

  /** The plug is away: what it drew last is no longer true. */
  gone(id: PlugId, why: string): void {
    const plug = this.#plugs.get(id);
    if (!plug) return;
    plug.away = true;
    plug.problem = { code: 'plug-unreachable', text: why };
    this.changed();
  }

  /** Something odd that the plug sent: shown for a while. */
  trouble(id: PlugId, trouble: string): void {
    const plug = this.#plugs.get(id);
    if (plug) plug.trouble = { what: trouble, atMonotonicMs: this.#clock.monotonicMs() };
    this.changed();
  }

  /** How many of these plugs measure at all: a plug that never told watts is not missing from a sum. */
  metered(plugs: readonly PlugSpec[]): number {
    return plugs.filter(({ id }) => this.#plugs.get(id)?.reading?.watts !== null).length;
  }

  /** What these plugs drew when they were last read, W: of one that is away, what it may draw still. */
  lastWatts(plugs: readonly PlugSpec[]): number {
    return plugs.reduce((sum, { id }) => sum + (this.#plugs.get(id)?.reading?.watts ?? 0), 0);
  }

  /** What these make now, W. Some plugs have a sign for the direction, most have none. */
  madeWatts(plugs: readonly PlugSpec[]): number {
    return plugs.reduce((sum, spec) => sum + Math.abs(this.fresh(spec)?.watts ?? 0), 0);
  }

  /** Plugs that have not been asked yet since the start. */
  unasked(): PlugId[] {
    return [...this.#plugs].filter(([, plug]) => !plug.asked).map(([id]) => id);
  }

  /** The last reading, when it is fresh enough to be true. */
  fresh(spec: PlugSpec): Reading | null {
    const plug = this.#plugs.get(spec.id);
    const reading = plug?.away ? null : plug?.reading;
    return reading && this.#clock.monotonicMs() - reading.monotonicMs <= spec.staleAfterMs ? reading : null;
  }

  view(spec: PlugSpec, device: PlugDevice): Omit<PlugView, 'overriddenBy' | 'todayWh'> {
    const plug = this.#plugs.get(spec.id);
    const reading = this.fresh(spec);
    return {
      ...spec,
      adapter: device.adapter,
      about: device.about?.() ?? null,
      watts: reading?.watts ?? null,
      relay: reading?.relay ?? null,
      online: reading !== null,
      atMs: plug?.reading?.atMs ?? null,
      flags: reading?.flags ?? [],
      problem: plug?.problem ?? this.#recent(plug?.trouble),
    };
  }

  #recent(trouble: Trouble | null | undefined): PlugTrouble | null {
    const shown = trouble && this.#clock.monotonicMs() - trouble.atMonotonicMs < TROUBLE_SHOWN_MS;
    return shown ? { code: 'plug-odd', text: trouble.what } : null;
  }

  /** Another number after each change. */
  get revision(): number {
    return this.#revision;
  }

  changed(): void {
    this.#revision += 1;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
