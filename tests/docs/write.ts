/** Writes anew what the documentation has from the code: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationReference } from './configuration-reference.ts';
import { withDeviceTable } from './supported-devices.ts';

const DOCS = new URL('../../config/docs/', import.meta.url);
const PLUGS = new URL('plugs.md', DOCS);

writeFileSync(PLUGS, withDeviceTable(readFileSync(PLUGS, 'utf8')));
writeFileSync(new URL('configuration.md', DOCS), `${configurationReference()}\n`);
