import { type Asking, ask } from './ask.ts';
import { type EnergyRow, type FleetStore, type HealthRow, numberOf, type UptimeRow } from './store.ts';

interface Found {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}
interface Answer {
  status?: string;
  data?: { result?: Found[] };
}
const MEASUREMENT = /^health_/;

/**
 * VictoriaMetrics: each number of a point is a series `<measurement>_<field>`. It has no texts: of a text there is a
 * series of zeros, so a phase or a version is not known there.
 */
export class MetricsqlFleet implements FleetStore {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** Whether it is one: InfluxDB has no such address. */
  static async answers(asking: Asking): Promise<boolean> {
    const answer = (await query(asking, '1', 0).catch(() => null)) as Answer | null;
    return answer?.status === 'success';
  }

  async lastHealth(fromMs: number, toMs: number): Promise<HealthRow[]> {
    const series = `{__name__=~"health_.+"${this.#database}}[${period(fromMs, toMs)}]`;
    const [times, values] = await Promise.all([
      this.#found(`tlast_over_time(${series}) keep_metric_names`, toMs),
      this.#found(`last_over_time(${series})`, toMs),
    ]);
    const fieldOf = ({ metric }: Found) => (metric.__name__ ?? '').replace(MEASUREMENT, '');
    const latest = new Map<string, number>();
    for (const found of times) {
      const atMs = atOf(found);
      const { studio = '' } = found.metric;
      latest.set(studio, Math.max(atMs, latest.get(studio) ?? 0));
    }
    // What was not said with the last point is not known now, whatever it was before.
    const said = new Set(
      times.filter((found) => atOf(found) === latest.get(found.metric.studio ?? '')).map((found) => keyOf(found)),
    );
    const rows = new Map<string, Record<string, number | null>>();
    for (const found of values) {
      if (!said.has(keyOf(found)) || fieldOf(found) === 'phase' || fieldOf(found) === 'version') continue;
      const { studio = '' } = found.metric;
      rows.set(studio, { ...rows.get(studio), [fieldOf(found)]: numberOf(found.value?.[1]) });
    }
    return [...rows].map(([studio, fields]) => ({ studio, atMs: latest.get(studio) ?? 0, fields }));
  }

  async uptimes(fromMs: number, toMs: number): Promise<UptimeRow[]> {
    const series = `{__name__="health_uptime_seconds"${this.#database}}[${period(fromMs, toMs)}]`;
    return (await this.#found(series, toMs)).flatMap(({ metric: { studio = '' }, values = [] }) =>
      values.map(([atSeconds, uptime]) => ({
        ...{ studio, atMs: Math.round(atSeconds * 1000) },
        uptimeSeconds: numberOf(uptime) ?? 0,
      })),
    );
  }

  async energy(fromMs: number, toMs: number): Promise<EnergyRow[]> {
    const sum = (how: 'sum' | 'count', field: string) =>
      this.#found(
        `sum by (studio) (${how}_over_time({__name__="energy_${field}",kind!="solar"${this.#database}}[${period(fromMs, toMs)}]))`,
        toMs,
      );
    const [wh, grams, slices, priced] = await Promise.all([
      ...[sum('sum', 'wh'), sum('sum', 'grams'), sum('count', 'wh'), sum('count', 'grams')],
    ]);
    const of = (found: Found[] | undefined, studio: string) =>
      numberOf(found?.find(({ metric }) => metric.studio === studio)?.value?.[1]);
    return (wh ?? []).map(({ metric: { studio = '' } }) => ({
      ...{ studio, wh: of(wh, studio) ?? 0, grams: of(grams, studio) },
      ...{ slices: of(slices, studio) ?? 0, priced: of(priced, studio) ?? 0 },
    }));
  }

  /** It keeps the database of a point that was written as to InfluxDB 1, and no bucket. */
  get #database(): string {
    const { settings } = this.#asking;
    return `,db=${JSON.stringify(settings.flavour === 1 ? settings.database : '')}`;
  }

  async #found(text: string, atMs: number): Promise<Found[]> {
    return ((await query(this.#asking, text, atMs)) as Answer).data?.result ?? [];
  }
}

/** A period is without its begin and with its end: 1 ms earlier it is as everybody else's. */
function query(asking: Asking, text: string, atMs: number): Promise<unknown> {
  // Without `nocache` the last 30 s are left out.
  const parameters = { query: text, time: String((atMs - 1) / 1000), nocache: '1' };
  return ask(asking, '/api/v1/query', { parameters });
}

function period(fromMs: number, toMs: number): string {
  return `${toMs - fromMs}ms`;
}

function keyOf({ metric: { __name__: name, studio } }: Found): string {
  return `${studio} ${name}`;
}

/** Of `tlast_over_time`, UTC ms. */
function atOf({ value }: Found): number {
  return Math.round((numberOf(value?.[1]) ?? 0) * 1000);
}
