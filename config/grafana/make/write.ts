/** `npm run dashboards`: writes the dashboards that Grafana is given, and takes away those that are no more. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './index.ts';

const FOLDER = fileURLToPath(new URL('../dashboards', import.meta.url));

rmSync(FOLDER, { recursive: true, force: true });
for (const [path, json] of dashboardFiles()) {
  const file = join(FOLDER, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, json);
}
