/** What the fleet is read by, one for each way that a database is asked. Times are UTC ms. */
export interface FleetStore {
  /** Of each studio its last health point in the period: its fields as they were written. */
  lastHealth(fromMs: number, toMs: number): Promise<HealthRow[]>;
  /** All health points of the period, for how long each daemon ran then. */
  uptimes(fromMs: number, toMs: number): Promise<UptimeRow[]>;
  /** Sums over the quarter hours that began in the period, without what roofs made. */
  energy(fromMs: number, toMs: number): Promise<EnergyRow[]>;
}

export interface HealthRow {
  studio: string;
  atMs: number;
  fields: Readonly<Record<string, unknown>>;
}
export interface UptimeRow {
  studio: string;
  atMs: number;
  uptimeSeconds: number;
}
export interface EnergyRow {
  studio: string;
  wh: number;
  /** null: none of it has a price. */
  grams: number | null;
  /** Quarter hours of plugs, and how many of them have grams. */
  slices: number;
  priced: number;
}

/** For a number of an answer: null for anything else. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
