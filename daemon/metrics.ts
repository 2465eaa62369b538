import type { BrokerStats } from '../adapters/mqtt/broker/index.ts';
import type { MqttConnection } from '../adapters/mqtt/client.ts';
import type { MetricFamily } from '../api/deps.ts';
import type { SwitchRecord } from '../model/ports.ts';
import type { Pipeline } from './pipeline.ts';

/** What became of the readings, for `/metrics`. */
export function readingMetrics({ taken, written, waiting, dropped, thinned }: Pipeline['readings']): MetricFamily[] {
  return [
    single('readings_total', 'counter', 'Readings taken from plugs', taken),
    single('readings_written_total', 'counter', 'Readings that the journal has', written),
    single('readings_waiting', 'gauge', 'Readings in memory, on their way to the journal', waiting),
    single('readings_dropped_total', 'counter', 'Raw readings given up: the journal was unwritable too long', dropped),
    single('readings_thinned_total', 'counter', 'Readings of the journal of which only means are left', thinned),
  ];
}

/** Counts the commands of this run, for `/metrics`: whether plugs obey. */
export class SwitchCounts {
  readonly #samples = new Map<string, { labels: Record<string, string>; count: number }>();

  add({ plug, to, outcome }: SwitchRecord): void {
    const key = JSON.stringify([plug, to, outcome]);
    const sample = this.#samples.get(key) ?? { labels: { plug, to, outcome }, count: 0 };
    sample.count += 1;
    this.#samples.set(key, sample);
  }

  family(): MetricFamily {
    return {
      name: 'switch_commands_total',
      type: 'counter',
      help: 'Commands to plugs since the start, by what came of them',
      samples: [...this.#samples.values()].map(({ labels, count }) => [labels, count]),
    };
  }
}

/** What the embedded broker counts, for `/metrics`. */
export function brokerMetrics({ clients, messages, refused }: BrokerStats): MetricFamily[] {
  return [
    single('mqtt_broker_clients', 'gauge', 'Clients of the embedded broker', clients),
    single('mqtt_broker_messages_total', 'counter', 'Messages that clients sent to the embedded broker', messages),
    {
      name: 'mqtt_broker_refused_total',
      type: 'counter',
      help: 'What the embedded broker refused: logins, messages, subscriptions',
      samples: Object.entries(refused).map(([reason, count]) => [{ reason }, count]),
    },
  ];
}

/** What was refused of what came over MQTT, for `/metrics`. */
export function rejectionMetrics(bus: Pick<MqttConnection, 'rejections'>): MetricFamily[] {
  const samples: MetricFamily['samples'] = bus
    .rejections()
    .map(({ adapter, reason, count }) => [{ adapter, reason }, count]);
  return [
    { name: 'rejected_payloads_total', type: 'counter', help: 'MQTT payloads that were refused, and why', samples },
  ];
}

function single(name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily {
  return { name, type, help, samples: [[{}, value]] };
}
