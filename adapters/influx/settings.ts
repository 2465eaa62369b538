export interface InfluxSettings {
  /** `http://host:port` or `https://…`, without user or password; a path is a reverse proxy's prefix. */
  url: string;
  database: string;
  username?: string | undefined;
  password?: string | undefined;
  /** How long the database keeps the points: `52w`, or `INF`. */
  retention: string;
}

/** The retention policy that all points are written to. */
export const RETENTION_POLICY = 'offair';

/** What an administrator runs when our user may not. */
export function creationStatements({ database, username, retention }: InfluxSettings): string {
  const statements = [
    `CREATE DATABASE "${database}"`,
    `CREATE RETENTION POLICY "${RETENTION_POLICY}" ON "${database}" DURATION ${retention} REPLICATION 1 DEFAULT`,
  ];
  if (username !== undefined) statements.push(`GRANT ALL ON "${database}" TO "${username}"`);
  return statements.join('; ');
}
