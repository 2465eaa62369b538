import { build } from './board.ts';
import { BOARDS } from './boards.ts';
import { influxql } from './influxql.ts';
import type { Lang } from './panels.ts';
import { sql } from './sql.ts';

/** Every dashboard as a file, by its path under `config/grafana/dashboards`: for each language of the database and of people. */
export function dashboardFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const queries of [influxql, sql])
    for (const lang of ['en', 'fr'] satisfies Lang[])
      for (const board of BOARDS)
        files.set(`${queries.language}/${lang}/${board.uid}.json`, build(board, { queries, lang }));
  return files;
}
