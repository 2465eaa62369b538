/**
 * What the panels ask, in words of the studio: of one, but those whose names begin with `studio`, which are of all that
 * were chosen. Each language of InfluxDB answers all of it: a panel is described once.
 * Sums of a studio are over its plugs without those of `kind: solar`, which make power.
 */
export type By = 'studio' | 'plug' | 'kind';
/** A number of an energy point, per quarter hour and plug. `live_wh` is what is not standby. */
export type EnergyField = 'wh' | 'grams' | 'standby_wh' | 'live_wh';
export type HealthField =
  | 'uptime_seconds'
  | 'resident_megabytes'
  | 'plugs'
  | 'plugs_online'
  | 'problems'
  | 'readings'
  | 'readings_dropped'
  | 'pending_points'
  | 'quarantined_points'
  | 'dropped_points';

export interface Query {
  text: string;
  format: 'time_series' | 'table';
  /** Tags that name each series. */
  by?: string | readonly string[];
  /** Name of the one series, where there is no such tag. */
  field?: string;
}

export interface Queries {
  language: 'influxql' | 'sql';
  /** Mean watts in each interval. */
  power(by: By): Query;
  /** 1 where the relay was closed, in each interval, by plug. */
  relay(): Query;
  /** Mean, highest and lowest watts of each plug. */
  powerTable(): Query;
  /** Sum in each interval. */
  energy(field: EnergyField, by: By): Query;
  /** Sum over the whole range. */
  energyTotal(field: EnergyField): Query;
  /** Wh, grams, standby Wh and coverage of each plug over the whole range. */
  energyTable(): Query;
  /** Grams per hour, as each quarter hour that is over had it. */
  gramsPerHour(): Query;
  /** g/kWh in each interval, by provider and status. */
  intensity(): Query;
  /** Share of low-carbon production, 0..1, in each interval, by provider and status. */
  lowCarbon(): Query;
  /** The latest intensity of each provider and status. */
  intensityTable(): Query;
  /** With what the grams of each plug were made last. */
  provenance(): Query;
  /** One row for each session that is over. */
  sessions(): Query;
  /** Wh per hour on air of each session. */
  sessionWhPerHour(): Query;
  sessionTotal(field: 'wh' | 'grams' | 'minutes' | 'on_air_minutes'): Query;
  /** The phase that begins at each change. */
  phases(): Query;
  /** The last commands to plugs. */
  switches(): Query;
  /** Verified cuts of each plug. */
  cuts(): Query;
  /** Wh that cutting has saved, in each interval, by plug. */
  saved(): Query;
  savedTotal(): Query;
  health(field: HealthField): Query;
  /** How many studios wrote within the last minutes, and how many of them are on air. */
  studiosHeard(): Query;
  studiosOnAir(): Query;
  /** The last that each studio wrote of itself. */
  studios(): Query;
  /** Mean watts of each studio in each interval; `all`: of all together. */
  studioPower(of: 'each' | 'all'): Query;
  /** Sum of each studio in each interval. */
  studioEnergy(field: 'wh' | 'grams'): Query;
  /** Wh, grams, standby Wh and coverage of each studio over the whole range. */
  studioEnergyTable(): Query;
  /** Points that wait in each studio. */
  studioWaiting(): Query;
  variables: { studio: string; plug: string; session: string };
}
