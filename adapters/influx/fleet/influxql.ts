import { InfluxRefused } from '../set-up.ts';
import { type Asking, ask } from './ask.ts';
import { type EnergyRow, type FleetStore, type HealthRow, numberOf, type UptimeRow } from './store.ts';

interface Series {
  tags?: Record<string, string>;
  columns: string[];
  values: unknown[][];
}
interface Answer {
  results?: { error?: string; series?: Series[] }[];
}
type Row = Record<string, unknown> & { studio: string; atMs: number };

/** InfluxDB 1.x, and 2.x by its 1.x API. */
export class InfluxqlFleet implements FleetStore {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  async lastHealth(fromMs: number, toMs: number): Promise<HealthRow[]> {
    const rows = await this.#rows(
      `SELECT * FROM "health" WHERE ${within(fromMs, toMs)} GROUP BY "studio" ORDER BY time DESC LIMIT 1`,
    );
    return rows.map(({ studio, atMs, ...fields }) => ({ studio, atMs, fields }));
  }

  async uptimes(fromMs: number, toMs: number): Promise<UptimeRow[]> {
    const rows = await this.#rows(
      `SELECT "uptime_seconds" FROM "health" WHERE ${within(fromMs, toMs)} GROUP BY "studio"`,
    );
    return rows.map(({ studio, atMs, uptime_seconds }) => ({
      ...{ studio, atMs },
      uptimeSeconds: numberOf(uptime_seconds) ?? 0,
    }));
  }

  async energy(fromMs: number, toMs: number): Promise<EnergyRow[]> {
    const rows = await this.#rows(
      'SELECT sum("wh") AS "wh", sum("grams") AS "grams", count("wh") AS "slices", count("grams") AS "priced" ' +
        `FROM "energy" WHERE "kind" != 'solar' AND ${within(fromMs, toMs)} GROUP BY "studio"`,
    );
    return rows.map(({ studio, wh, grams, slices, priced }) => ({
      ...{ studio, wh: numberOf(wh) ?? 0, grams: numberOf(grams) },
      ...{ slices: numberOf(slices) ?? 0, priced: numberOf(priced) ?? 0 },
    }));
  }

  async #rows(q: string): Promise<Row[]> {
    const { settings } = this.#asking;
    const db = settings.flavour === 2 ? settings.bucket : settings.database;
    const answer = (await ask(this.#asking, '/query', { parameters: { db, q, epoch: 'ms' } })) as Answer;
    const [result] = answer.results ?? [];
    if (!result) throw new InfluxRefused("its answer is not one of InfluxDB's");
    if (result.error !== undefined) throw new InfluxRefused(result.error);
    return (result.series ?? []).flatMap(({ tags, columns, values }) =>
      values.map((row) => {
        const { time, ...fields } = Object.fromEntries(columns.map((column, index) => [column, row[index]]));
        return { ...fields, studio: tags?.studio ?? '', atMs: numberOf(time) ?? 0 };
      }),
    );
  }
}

function within(fromMs: number, toMs: number): string {
  return `time >= ${fromMs}ms AND time < ${toMs}ms`;
}
