import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Queries, Query } from './queries.ts';

/** The one data source, whatever InfluxDB is behind it: `config/grafana/provisioning` gives it this uid. */
export const DATASOURCE = { type: 'influxdb', uid: 'offair-influxdb' } as const;

/** The query of a panel as Grafana's InfluxDB data source takes it; the SDK has no builder for it. */
export class InfluxTarget implements Builder<Dataquery> {
  readonly #query: Query;
  readonly #language: Queries['language'];
  readonly #refId: string;

  constructor(query: Query, language: Queries['language'], refId = 'A') {
    this.#query = query;
    this.#language = language;
    this.#refId = refId;
  }

  build(): Dataquery {
    const { text, format, by, field } = this.#query;
    const alias =
      this.#language === 'influxql' &&
      ([by ?? []]
        .flat()
        .map((tag) => `$tag_${tag}`)
        .join(' ') ||
        field);
    const asked = this.#language === 'sql' ? { rawSql: text, format } : { query: text, resultFormat: format };
    const target = { refId: this.#refId, datasource: DATASOURCE, rawQuery: true, ...asked, ...(alias && { alias }) };
    return { ...target, _implementsDataqueryVariant() {} };
  }
}

/** What marks a moment on every panel. */
export class AnnotationTarget implements Builder<Dataquery> {
  readonly #inner: InfluxTarget;
  readonly #textColumn: string;

  constructor(query: Query, language: Queries['language'], textColumn: string) {
    this.#inner = new InfluxTarget(query, language, 'Anno');
    this.#textColumn = textColumn;
  }

  build(): Dataquery {
    const columns = { fromAnnotations: true, textEditor: true, textColumn: this.#textColumn };
    return { ...this.#inner.build(), ...columns };
  }
}
