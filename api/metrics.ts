import { SEVERITIES } from '../model/alarms.ts';
import { faultsAmong } from '../model/faults.ts';
import type { ApiDeps, MetricFamily } from './deps.ts';

type Sample = MetricFamily['samples'][number];

/**
 * Counters of the local day that never fall within it. A plug's own counter overrules estimates, which takes back some
 * tenths of a Wh now and then: Prometheus would take that for a restart and count the whole day twice.
 */
class DayCounters {
  readonly #days: Intl.DateTimeFormat;
  #day = '';
  readonly #highest = new Map<string, number>();

  constructor(timeZone: string) {
    this.#days = new Intl.DateTimeFormat('en-CA', { timeZone });
  }

  /** To be called before the values are taken: one of yesterday must not become the highest of today. */
  turn(nowMs: number): void {
    const day = this.#days.format(nowMs);
    if (day !== this.#day) this.#highest.clear();
    this.#day = day;
  }

  rising(name: string, value: number): number {
    const highest = Math.max(value, this.#highest.get(name) ?? value);
    this.#highest.set(name, highest);
    return highest;
  }
}

/**
 * Writes the Prometheus text format 0.0.4. Base units and names as Prometheus asks: joules, seconds, `_total` for
 * counters. What is not known is absent, never zero.
 */
export function metricsWriter(deps: ApiDeps, more = () => deps.metrics()): () => string {
  const energy = new DayCounters(deps.studio.timeZone);
  return () => {
    energy.turn(deps.nowMs());
    return metricsText(deps, energy, more());
  };
}

function metricsText(deps: ApiDeps, energy: DayCounters, more: readonly MetricFamily[]): string {
  const status = deps.status();
  const perPlug = (value: (plug: (typeof status.plugs)[number]) => number | null): Sample[] =>
    status.plugs.map((plug) => [{ plug: plug.id, kind: plug.kind }, value(plug)]);
  const one = (value: number | null): Sample[] => [[{}, value]];
  const { intensity, influx } = status;
  return [
    metric('build_info', 'gauge', 'Version of offair', [[{ version: deps.version, studio: deps.studio.id }, 1]]),
    metric('ready', 'gauge', '1 when configuration, journal and plugs are ready', one(deps.ready().ready ? 1 : 0)),
    metric('on_air', 'gauge', '1 while the studio is live', one(status.onAir ? 1 : 0)),
    metric('dry_run', 'gauge', '1 while no plug is ever switched', one(status.dryRun ? 1 : 0)),
    metric('problems', 'gauge', 'What a technician should look at', one(status.problems.length)),
    metric(
      'alarms_open',
      'gauge',
      'Alarms whose cause goes on',
      SEVERITIES.map((severity) => [{ severity }, status.alarms.filter((alarm) => alarm.severity === severity).length]),
    ),
    metric(
      'plug_power_watts',
      'gauge',
      'Active power',
      perPlug((plug) => plug.watts),
    ),
    metric(
      'plug_energy_joules_total',
      'counter',
      'Energy; starts again at local midnight',
      perPlug((plug) => energy.rising(plug.id, plug.todayWh * 3600)),
    ),
    metric(
      'plug_relay_on',
      'gauge',
      '1 when the relay is closed',
      perPlug((plug) => (plug.relay === null ? null : Number(plug.relay))),
    ),
    metric(
      'plug_online',
      'gauge',
      '1 when a fresh reading exists',
      perPlug((plug) => Number(plug.online)),
    ),
    metric(
      'plug_fault',
      'gauge',
      '1 while the plug reports this fault of itself',
      status.plugs.flatMap(({ id, flags }) => faultsAmong(flags).map((flag): Sample => [{ plug: id, flag }, 1])),
    ),
    metric(
      'plug_last_reading_timestamp_seconds',
      'gauge',
      'Time of the last reading',
      perPlug((plug) => (plug.atMs === null ? null : plug.atMs / 1000)),
    ),
    metric(
      'intensity_grams_per_kwh',
      'gauge',
      'Carbon intensity of the grid, gCO2e',
      intensity
        ? [
            [
              {
                zone: intensity.zone,
                provider: intensity.provider,
                factor_type: intensity.factorType,
                status: intensity.status,
              },
              intensity.gramsPerKwh,
            ],
          ]
        : [],
    ),
    metric('spool_rows', 'gauge', 'Points that wait for InfluxDB', one(influx.pendingPoints)),
    metric('spool_quarantined_rows', 'gauge', 'Points that InfluxDB will never take', one(influx.quarantinedPoints)),
    metric('spool_enqueued_rows_total', 'counter', 'Points written to the outbox', one(influx.enqueuedPoints)),
    metric('spool_delivered_rows_total', 'counter', 'Points that InfluxDB has taken', one(influx.deliveredPoints)),
    metric('spool_dropped_rows_total', 'counter', 'Points given up', [
      [{ reason: 'room' }, influx.droppedPoints - influx.forgottenPoints],
      [{ reason: 'dead_letter' }, influx.forgottenPoints],
    ]),
    metric('influx_up', 'gauge', '1 when InfluxDB takes points; absent when not configured', [
      [{}, influx.state === 'off' ? null : Number(influx.state === 'ok')],
    ]),
    ...more.map(({ name, type, help, samples }) => metric(name, type, help, samples)),
  ].join('');
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: Sample[]): string {
  const lines = samples
    .filter(([, value]) => value !== null)
    .map(([labels, value]) => `offair_${name}${labelText(labels)} ${value}\n`);
  if (lines.length === 0) return '';
  return `# HELP offair_${name} ${help}\n# TYPE offair_${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${key}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}
