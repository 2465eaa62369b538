import type { MetricFamily } from '../api/deps.ts';
import type { SwitchRecord } from '../model/ports.ts';

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
