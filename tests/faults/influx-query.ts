/** Asks InfluxDB 1.x by itself, without offair's client. */
export async function influxRows(url: string, database: string, q: string): Promise<Record<string, unknown>[]> {
  const answer = await fetch(`${url}/query?${new URLSearchParams({ db: database, q, epoch: 'ms' })}`);
  const { results } = (await answer.json()) as { results: { series?: Series[]; error?: string }[] };
  if (results[0]?.error) throw new Error(`${q}: ${results[0].error}`);
  return (results[0]?.series ?? []).flatMap(({ tags, columns, values }) =>
    values.map((row) => ({ ...tags, ...Object.fromEntries(columns.map((column, index) => [column, row[index]])) })),
  );
}

interface Series {
  tags?: Record<string, string>;
  columns: string[];
  values: unknown[][];
}

/** Wh by plug in the database. */
export async function influxEnergy(url: string, database: string): Promise<Map<string, number>> {
  const rows = await influxRows(url, database, 'SELECT sum(wh) AS wh FROM energy GROUP BY plug');
  return new Map(rows.map(({ plug, wh }) => [String(plug), Number(wh)]));
}

/** How many readings are in the database. */
export async function influxReadings(url: string, database: string): Promise<number> {
  return Number((await influxRows(url, database, 'SELECT count(watts) AS n FROM power'))[0]?.n ?? 0);
}
