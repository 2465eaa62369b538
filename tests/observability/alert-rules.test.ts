import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { healthLine } from '../../adapters/influx/line-protocol.ts';
import { metricsWriter } from '../../api/metrics.ts';
import { processMetrics } from '../../api/process-metrics.ts';
import { readingMetrics, rejectionMetrics, SwitchCounts } from '../../daemon/metrics.ts';
import { FakeStudio } from '../support/fake-api-deps.ts';
import { HEALTH } from '../support/health.ts';

const read = (path: string) =>
  parse(readFileSync(fileURLToPath(new URL(`../../config/${path}`, import.meta.url)), 'utf8'));

interface PrometheusRules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}
interface GrafanaRules {
  groups: { rules: { uid: string; data: { datasourceUid: string; model: { query?: string } }[] }[] }[];
}

/** Every name and label that the daemon's metrics have, when all that can be told is told. */
async function told(): Promise<Map<string, Set<string>>> {
  const studio = new FakeStudio();
  const switches = new SwitchCounts();
  const record = { commandId: 'a', atMs: 0, plug: 'light', by: 'policy', reason: '', detail: '', tookMs: null };
  switches.add({ ...record, to: 'off', outcome: 'failed' } as unknown as Parameters<SwitchCounts['add']>[0]);
  const readings = { taken: 1, written: 1, waiting: 0, dropped: 0, thinned: 0 };
  const bus = { rejections: () => [{ adapter: 'shelly', reason: 'unreadable' as const, count: 1 }] };
  const metrics = () => [...readingMetrics(readings), ...rejectionMetrics(bus), switches.family()];
  for (const plug of studio.plugs) plug.flags = ['overheated'];
  const text = metricsWriter(Object.assign(studio, { metrics }))() + (await processMetrics());
  const names = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? /gm)) {
    const known = names.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    names.set(name, known);
  }
  return names;
}

describe('the alert rules that are shipped', () => {
  test('for Prometheus name metrics and labels that there are, and say what to do', async () => {
    const names = await told();
    const rules = (read('prometheus/offair.rules.yaml') as PrometheusRules).groups.flatMap((group) => group.rules);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr, annotations } of rules) {
      const used = [...expr.matchAll(/\b((?:offair|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)];
      // `up` is what Prometheus itself says of a target.
      if (alert !== 'OffairDown') expect(used.length, alert).toBeGreaterThan(0);
      for (const [, name = '', matchers = ''] of used) {
        expect([...names.keys()], alert).toContain(name);
        for (const [, label = ''] of matchers.matchAll(/([a-z_]+)\s*(?:=|!)/g))
          expect(names.get(name), alert).toContain(label);
        const mentioned = Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.([a-z_]+)/g);
        for (const [, label = ''] of mentioned)
          expect(['instance', 'studio', ...(names.get(name) ?? [])], alert).toContain(label);
      }
      expect(annotations.description, alert).toMatch(/\.$/);
    }
  });

  test('for Grafana ask the provisioned database for fields that offair writes', () => {
    const sources = read('grafana/provisioning/datasources/offair.yaml') as { datasources: { uid: string }[] };
    const uids = sources.datasources.map(({ uid }) => uid);
    const line = healthLine(HEALTH, 'a', 0) ?? '';
    const rules = (read('grafana/provisioning/alerting/offair.yaml') as GrafanaRules).groups.flatMap(
      (group) => group.rules,
    );
    expect(rules.length).toBeGreaterThan(0);
    for (const { uid, data } of rules) {
      for (const { datasourceUid, model } of data) {
        if (datasourceUid === '__expr__') continue;
        expect(uids, uid).toContain(datasourceUid);
        const query = model.query ?? '';
        expect(query, uid).toContain('FROM "health" WHERE $timeFilter');
        const fields = [...query.matchAll(/(?:last|count|spread)\("([a-z_]+)"\)/g)].map(([, field]) => field);
        expect(fields.length, uid).toBeGreaterThan(0);
        for (const field of fields) expect(line, uid).toMatch(new RegExp(`[ ,]${field}=`));
      }
    }
  });
});
