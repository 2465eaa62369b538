import { type ReportDeps, reportContent } from '../../daemon/report/content.ts';
import type { Pricing } from '../../model/emissions.ts';
import { type EnergySlice, QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { PlugKind, PlugSpec } from '../../model/plug.ts';
import type { Phase, SessionPhase, SessionRecord } from '../../model/ports.ts';
import type { Report } from '../../model/report.ts';

const MINUTE_MS = 60_000;
/** 24 November 2026, 18:00 in Paris. */
const EVENING_MS = Date.parse('2026-11-24T17:00:00Z');

const PLUGS: [id: string, name: string, kind: PlugKind, liveWatts: number, idleWatts: number][] = [
  ['key-light', 'Lumière principale', 'light', 148, 0],
  ['fill-light', 'Lumière d’appoint', 'light', 62, 0],
  ['streaming-pc', 'PC streaming', 'pc', 212, 4.2],
  ['cam-a', 'Caméra A', 'camera', 11.4, 1.1],
  ['cam-b', 'Caméra B', 'camera', 10.8, 1.1],
  ['monitor', 'Moniteur de retour', 'monitor', 48, 0.6],
  ['mixer', 'Table de mixage', 'audio', 22, 12.5],
  ['switch', 'Switch réseau', 'network', 9.5, 9.5],
];

/** Share of the watts of a live that a kind of plug draws in each phase. */
const DRAW: Record<Phase, number> = { setup: 0.45, rehearsal: 0.8, live: 1, wrap: 0.3, standby: 0 };

export interface Story {
  startMs?: number;
  title?: string | null;
  /** Each phase with its length, minutes. */
  phases?: [SessionPhase, number][];
  viewers?: number[];
  /** g/kWh of a quarter hour; null: not known. */
  gramsPerKwh?: ((startMs: number) => number) | null;
  /** What was said when it ended, where that was something else. */
  saidAtItsEnd?: (startMs: number) => number;
  /** Nothing was measured from minute to minute of the session. */
  gap?: [fromMinute: number, toMinute: number];
  earlierLives?: number;
  nowMs?: number;
  demo?: boolean;
  status?: IntensityPoint['status'];
}

/** A studio with an evening behind it, in memory: what reports are made of. */
export class StudioOfAnEvening implements ReportDeps {
  studio = 'Studio Belleville';
  demo: boolean;
  country = 'FR';
  timeZone = 'Europe/Paris';
  tariff = { euroPerKwh: 0.2 };
  cutting = false;
  footprint: ReportDeps['footprint'] = {
    ...{ network: 'per-gb', replayDays: 365, hoursPerWeek: 10, allocation: 'use-hours' },
    hardware: [
      { item: 'desktop', count: 1 },
      { item: 'camera', count: 2 },
      { item: 'led-panel', count: 2 },
    ],
  };
  plugs: PlugSpec[] = PLUGS.map(([id, name, kind]) => ({
    ...{ id, name, kind, essential: kind === 'network', idleWatts: null, quietSeconds: 120 },
    ...{ minOnSeconds: 60, minOffSeconds: 10, maxWatts: 3680, staleAfterMs: 60_000 },
  }));
  readonly live: SessionRecord;
  readonly story: Story;
  readonly #all: SessionRecord[];

  constructor(story: Story = {}) {
    this.story = story;
    this.demo = story.demo ?? false;
    const phases = story.phases ?? [
      ['setup', 35],
      ['rehearsal', 15],
      ['live', 118],
      ['wrap', 12],
    ];
    const startMs = story.startMs ?? EVENING_MS;
    const title = story.title === undefined ? 'Matinale spéciale : le grand entretien' : story.title;
    this.live = session('live-0', title, startMs, phases, story.viewers ?? [820, 1240, 1410, 1180]);
    const before = Array.from({ length: story.earlierLives ?? 4 }, (_, index) =>
      session(`live-${index + 1}`, `Live du ${24 - index - 1}`, startMs - (index + 1) * 86_400_000, phases, []),
    );
    this.#all = [this.live, ...before];
  }

  nowMs = () => this.story.nowMs ?? (this.live.endedAtMs ?? 0) + 2 * MINUTE_MS;
  sessions = async (limit: number) => this.#all.slice(0, limit);
  session = async (id: string) => this.#all.find((one) => one.id === id) ?? null;
  sessionSlices = async (id: string) => {
    const found = this.#all.find((one) => one.id === id);
    return found ? this.#slicesOf(found) : [];
  };
  slices = async (fromMs: number, toMs: number) =>
    [
      ...this.#all.flatMap((one) => this.#slicesOf(one)),
      ...this.#standby(Math.max(fromMs, this.live.startedAtMs - 5 * 86_400_000), Math.min(toMs, this.nowMs())),
    ].filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
  pricingOf = async () => this.#pricing(this.story.gramsPerKwh);
  pricingKnownAt = async () => this.#pricing(this.story.saidAtItsEnd ?? this.story.gramsPerKwh);
  forecast = async () => null;
  marginal = async () => null;
  history: ReportDeps['history'] = async (plug, fromMs, toMs, stepMs) => {
    const count = Math.ceil((toMs - fromMs) / stepMs);
    return Array.from({ length: count }, (_, index) => fromMs + index * stepMs).flatMap((startMs) => {
      if (this.#isGap(startMs)) return [];
      const meanWatts = this.#watts(plug, phaseAt(this.live, startMs), startMs / MINUTE_MS);
      return [{ startMs, meanWatts, maxWatts: meanWatts, readings: 3 }];
    });
  };

  #isGap(atMs: number): boolean {
    const { gap } = this.story;
    const minute = (atMs - this.live.startedAtMs) / MINUTE_MS;
    return gap !== undefined && minute >= gap[0] && minute < gap[1];
  }

  #watts(plug: string, phase: Phase, wave: number): number {
    const [, , kind, live, idle] = PLUGS.find(([id]) => id === plug) ?? ['', '', 'other', 0, 0];
    if (kind === 'network') return live;
    const steady = idle + (live - idle) * DRAW[phase];
    return kind === 'pc' && phase === 'live' ? steady * (1 + 0.14 * Math.sin(wave / 3) * Math.cos(wave / 11)) : steady;
  }

  #slicesOf(one: SessionRecord): EnergySlice[] {
    const endMs = one.endedAtMs ?? this.nowMs();
    // Earlier lives took a little more, each in its own way.
    const scale = 1 + 0.13 * Number(one.id.slice(5)) * (Number(one.id.slice(5)) % 2 === 0 ? -0.5 : 1);
    return this.plugs.flatMap(({ id }) =>
      one.phases.flatMap(({ phase, atMs }, index) => {
        const untilMs = Math.min(one.phases[index + 1]?.atMs ?? endMs, endMs);
        const slices: EnergySlice[] = [];
        for (let startMs = quarterHourStart(atMs); startMs < untilMs; startMs += QUARTER_HOUR_MS) {
          let coveredMs = 0;
          for (let ms = Math.max(startMs, atMs); ms < Math.min(startMs + QUARTER_HOUR_MS, untilMs); ms += MINUTE_MS)
            if (one !== this.live || !this.#isGap(ms)) coveredMs += Math.min(MINUTE_MS, untilMs - ms);
          const wh = (this.#watts(id, phase, 0) * coveredMs * scale) / 3_600_000;
          slices.push({
            plug: id,
            startMs,
            sessionId: one.id,
            phase,
            counterWh: wh,
            integratedWh: 0,
            gapWh: 0,
            coveredMs,
          });
        }
        return slices;
      }),
    );
  }

  #standby(fromMs: number, toMs: number): EnergySlice[] {
    const slices: EnergySlice[] = [];
    for (const [plug, , , , idle] of PLUGS)
      for (let startMs = quarterHourStart(fromMs); startMs < toMs; startMs += QUARTER_HOUR_MS)
        if (!this.#all.some((one) => startMs >= one.startedAtMs - QUARTER_HOUR_MS && startMs < (one.endedAtMs ?? toMs)))
          slices.push({
            ...{ plug, startMs, sessionId: null, phase: 'standby' as const, counterWh: idle / 4, integratedWh: 0 },
            ...{ gapWh: 0, coveredMs: QUARTER_HOUR_MS },
          });
    return slices;
  }

  #pricing(given: Story['gramsPerKwh']): Pricing {
    if (given === null) return () => null;
    const gramsPerKwh = given ?? ((startMs: number) => 30 + 6 * Math.sin(startMs / 7_200_000));
    return (startMs) => ({
      ...{ zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: gramsPerKwh(startMs) },
      ...{ factorType: 'lifecycle', basis: 'production', status: this.story.status ?? 'estimated' },
      ...{ provider: 'rte-odre', fetchedAtMs: this.nowMs() - 10 * MINUTE_MS },
    });
  }
}

export async function reportOfStory(story: Story = {}): Promise<Report> {
  const report = await reportContent(new StudioOfAnEvening(story), 'live-0');
  if (!report) throw new Error('no report');
  return report;
}

function session(
  id: string,
  title: string | null,
  startMs: number,
  phases: readonly [SessionPhase, number][],
  viewers: readonly number[],
): SessionRecord {
  let atMs = startMs;
  const changes = phases.map(([phase, minutes]) => {
    const change = { phase, atMs };
    atMs += minutes * MINUTE_MS;
    return change;
  });
  const liveMs = changes.find(({ phase }) => phase === 'live')?.atMs ?? startMs;
  return {
    ...{ id, title, startedAtMs: startMs, endedAtMs: atMs, phases: changes, startedBy: 'api', endedBy: 'api' },
    audience: viewers.map((count, index) => ({ atMs: liveMs + index * 20 * MINUTE_MS, viewers: count })),
  };
}

function phaseAt({ phases }: SessionRecord, atMs: number): Phase {
  return phases.findLast((change) => change.atMs <= atMs)?.phase ?? 'standby';
}
