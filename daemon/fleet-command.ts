import { type Command, InvalidArgumentError } from 'commander';
import { readFleet, type StudioSeen } from '../adapters/influx/fleet/index.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets.ts';
import { systemClock } from './clock.ts';
import { columns } from './columns.ts';
import { influxSettings } from './influx.ts';

const DAY_MS = 86_400_000;
/** A daemon writes once a minute. */
const SILENT_MS = 3 * 60_000;
const AHEAD_MS = 60_000;
/** InfluxDB 3 Core reads no more than about three days at once. */
const DAYS = { 1: 30, 2: 30, 3: 3 };

interface Options {
  config: string;
  json?: boolean;
  days?: number;
  readUrl?: string;
}

/** `offair fleet`: all studios that write into the same database. */
export function addFleetCommand(program: Command, print: (text: string) => void): void {
  program
    .command('fleet')
    .description('list all studios that write into the same database: power, energy of 24 hours, what needs a look')
    .requiredOption('-c, --config <file>', 'the studio.yaml of one of them, for where the database is')
    .option('--days <days>', 'list the studios of so many days (default: 30; 3 with InfluxDB 3)', days)
    .option(
      '--read-url <url>',
      'where the database is asked, when that is not where it is written: vmselect of a VictoriaMetrics cluster, http://vmselect:8481/select/0/prometheus',
      address,
    )
    .option('--json', 'for programs')
    .action(async ({ config: file, json, days: asked, readUrl }: Options) => {
      const { influx, studio } = loadConfig(file);
      if (!influx) throw new Error(`${file} has no influx section: there is no database that studios share`);
      const settings = influxSettings(influx, studio, secretsOf(process.env, file));
      if (readUrl !== undefined) settings.url = readUrl;
      const nowMs = systemClock.nowMs();
      const fromMs = nowMs - (asked ?? DAYS[settings.flavour]) * DAY_MS;
      const studios = await readFleet({ settings, clock: systemClock }, fromMs, nowMs).catch((error: Error) => {
        throw new Error(`${settings.url} can't be read: ${error.message}`);
      });
      print(json ? JSON.stringify(studios.map(inJson), null, 2) : inWords(studios, nowMs));
    });
}

function inJson({ lastAtMs, ...studio }: StudioSeen): object {
  return { ...studio, lastAt: new Date(lastAtMs).toISOString() };
}

/** A row for each studio, and the sums. @param nowMs UTC */
export function inWords(studios: readonly StudioSeen[], nowMs: number): string {
  if (studios.length === 0)
    return 'no studio has written into this database in that time; a daemon does so once a minute';
  const heard = studios.filter((studio) => !isSilent(studio, nowMs));
  const rows = studios.map((studio) => {
    const { phase, onAir, watts, plugs, plugsOnline, pendingPoints, day, version } = studio;
    return [
      studio.studio,
      isSilent(studio, nowMs) ? `silent for ${age(nowMs - studio.lastAtMs)}` : onAir ? 'ON AIR' : (phase ?? 'off air'),
      watts === null ? '?' : `${whole(watts)} W`,
      `${plugsOnline ?? '?'}/${plugs ?? '?'}`,
      day ? scaled(day.wh, 'Wh') : '?',
      day ? grams(day) : '?',
      String(pendingPoints ?? '?'),
      version ?? '?',
      oddities(studio, nowMs).join(', '),
    ];
  });
  const head = ['STUDIO', 'STATE', 'POWER', 'PLUGS', '24 H', 'CO2E', 'WAITING', 'VERSION', ''];
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const totals = {
    wh: sum(studios.map(({ day }) => day?.wh ?? null)),
    grams: sum(studios.map(({ day }) => day?.grams ?? null)),
    priced: studios.every(({ day }) => day?.priced ?? true),
  };
  return [
    ...columns([head, ...rows], [2, 3, 4, 5, 6]),
    '',
    `${many(studios.length, 'studio')}: ${heard.length} heard, ${heard.filter(({ onAir }) => onAir).length} on air, ` +
      `${studios.length - heard.length} silent; ${whole(sum(heard.map(({ watts }) => watts)))} W now; ` +
      `${scaled(totals.wh, 'Wh')} and ${grams(totals)} in the last 24 hours`,
  ].join('\n');
}

function isSilent({ lastAtMs }: StudioSeen, nowMs: number): boolean {
  return nowMs - lastAtMs > SILENT_MS;
}

function oddities({ lastAtMs, twice, problems, alarms, dryRun, onAir, phase }: StudioSeen, nowMs: number): string[] {
  return [
    ...(twice ? ['TWO DAEMONS WRITE AS THIS STUDIO: give each its own studio.id'] : []),
    ...(lastAtMs > nowMs + AHEAD_MS ? [`its clock is ${age(lastAtMs - nowMs)} ahead of ours`] : []),
    ...(onAir === null && phase === 'unknown' ? ['not known whether a live runs'] : []),
    ...(alarms ? [many(alarms, 'alarm')] : []),
    ...(problems ? [many(problems, 'problem')] : []),
    ...(dryRun ? ['dry run'] : []),
  ];
}

/** A part of the energy may be without a price. */
function grams({ grams: value, priced }: { grams: number | null; priced: boolean }): string {
  if (value === null) return '?';
  const text = scaled(value, 'g');
  return priced ? text : `>= ${text}`;
}

function whole(value: number): string {
  return value.toFixed(0);
}

function scaled(value: number, unit: string): string {
  return value < 1000 ? `${whole(value)} ${unit}` : `${(value / 1000).toFixed(2)} k${unit}`;
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function age(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 3650) return value;
  throw new InvalidArgumentError('a whole number of days from 1 to 3650');
}

function address(text: string): string {
  if (/^https?:\/\/[^/?#@]+[^?#@]*$/.test(text)) return text;
  throw new InvalidArgumentError('http://host:port or https://…, without user, password or ?');
}
