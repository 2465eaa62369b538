import { type Fixture, outlineOf, releaseOf } from '../../adapters/tapo/fixture.ts';
import { tapoFixtures } from '../support/tapo-fixtures.ts';
import { markdownTable } from './markdown.ts';

const TABLE = /(<!-- made by npm run docs: Tapo devices -->\n).*?(\n<!-- end -->)/s;

/** The page of the plugs with the table of Tapo devices that the fixtures give. @throws Error when its place is missing */
export function withDeviceTable(page: string): string {
  if (!TABLE.test(page)) throw new Error('plugs.md has lost the marks of the table of Tapo devices');
  const fixtures = tapoFixtures().map(({ fixture }) => fixture);
  return page.replace(TABLE, (_, begin: string, end: string) => `${begin}\n${deviceTable(fixtures)}\n${end}`);
}

function deviceTable(fixtures: readonly Fixture[]): string {
  const byModel = Map.groupBy(fixtures, ({ model }) => model);
  const models = [...byModel].sort(([a], [b]) => naturally(a, b));
  const rows = models.map(([model, seen]) => [model, outlets(seen), measures(seen), faults(seen), firmware(seen)]);
  return markdownTable([['model', 'outlets', 'measures', 'reports', 'seen'], ...rows]);
}

function outlets(seen: readonly Fixture[]): string {
  return each(seen, (fixture) => {
    const { outlets: all, usb } = outlineOf(fixture);
    return usb > 0 ? `${all}, ${usb} of them USB` : String(all);
  });
}

const MEASURES = { mW: 'watts to 0.001, Wh', W: 'whole watts, Wh' };

function measures(seen: readonly Fixture[]): string {
  return each(seen, (fixture) => {
    const { watts } = outlineOf(fixture);
    return watts === null ? 'nothing: it only switches' : MEASURES[watts];
  });
}

const FAULTS: Readonly<Record<string, string>> = {
  overheated: 'heat',
  overheat_status: 'heat',
  power_protection_status: 'overload',
  overcurrent_status: 'overcurrent',
  charging_status: 'end of charge',
};

function faults(seen: readonly Fixture[]): string {
  const fields = seen.flatMap((fixture) => outlineOf(fixture).flags);
  return Object.keys(FAULTS)
    .filter((field) => fields.includes(field))
    .map((field) => FAULTS[field])
    .filter((name, index, names) => names.indexOf(name) === index)
    .join(', ');
}

function firmware(seen: readonly Fixture[]): string {
  const byKind = Map.groupBy(seen, ({ transport }) => transport.kind.toUpperCase());
  return [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, its]) => `${kind}: ${its.map(version).sort(naturally).join(', ')}`)
    .join('; ');
}

function version({ complete, firmware: full, region }: Fixture): string {
  const release = complete ? `**${releaseOf(full)}**` : releaseOf(full);
  return region === null ? release : `${release} ${region}`;
}

const naturally = (a: string, b: string) =>
  a.replaceAll('*', '').localeCompare(b.replaceAll('*', ''), 'en', { numeric: true });

/** What is said of each, without repetition. */
function each(seen: readonly Fixture[], say: (fixture: Fixture) => string): string {
  return [...new Set(seen.map(say))].join('; ');
}
