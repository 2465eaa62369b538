import { PlugProtocolError } from '../../model/errors.ts';
import { isObject } from '../json.ts';
import type { MeasuredKey, Measures } from '../mqtt/measures.ts';
import { numberIn, shown } from '../mqtt/values.ts';

export type ComponentKind = 'switch' | 'pm1';

/** `ts` below this is seconds since boot: the plug's clock was never set. */
const FIRST_REAL_TS = 1_600_000_000;
/** A plug that was started less than this ago, seconds, has not measured yet. */
const JUST_BOOTED_SECONDS = 5;
/** Names of the plug's own faults that the model knows; others are passed on as they are. */
const FLAGS: Record<string, string> = { overtemp: 'overheated' };
const METERED = /^(switch|pm1):\d{1,2}$/;
const ERROR_NAME = /^[a-z_]{1,40}(:[a-z_]{1,40})?$/;

interface Source {
  /** Names the message in errors. */
  what: string;
  /** The whole component: what is absent does not exist. Else a delta: what is absent stays as it was. */
  whole: boolean;
  /** `output` on `status/*` was seen inverted right after a change (several models, firmware 1.7): never taken from there. */
  outputTrusted: boolean;
}

/**
 * Lays one component's status over what is known. A key that disappeared is sent as null; `ts`, `id` and unknown keys
 * are of no interest. Nothing is changed when a field is refused.
 * @returns the measures that the message held
 * @throws PlugProtocolError naming the field
 */
export function overlay(
  measures: Measures,
  component: Record<string, unknown>,
  source: Source,
  nowMs: number,
): MeasuredKey[] {
  const { what, whole, outputTrusted } = source;
  const at = (path: string): unknown => {
    let value: unknown = component;
    for (const key of path.split('.')) value = isObject(value) ? value[key] : value === null ? null : undefined;
    return value;
  };
  const numberAt = (path: string, from?: number): number | null | undefined => {
    const value = at(path);
    return value === undefined && !whole ? undefined : numberIn(value, `${what}: ${path}`, from);
  };

  const total = numberAt('aenergy.total', 0);
  const returned = numberAt('ret_aenergy.total', 0);
  const returnedWh = returned === undefined ? measures.returnedWh : (returned ?? 0);
  const found = {
    relay: outputTrusted ? booleanAt(at('output'), what, whole) : undefined,
    watts: numberAt('apower'),
    counterWh: typeof total === 'number' ? Math.max(0, total - returnedWh) : total,
    volts: numberAt('voltage', 0),
    amps: numberAt('current', 0),
    celsius: numberAt('temperature.tC'),
  };
  const errors = at('errors');
  if (Array.isArray(errors)) measures.flags = errors.map((error) => flagOf(error, what));
  else if (errors === null || whole) measures.flags = [];

  measures.returnedWh = returnedWh;

  const held: MeasuredKey[] = [];
  for (const key of Object.keys(found) as MeasuredKey[]) {
    const value = found[key];
    if (value === undefined) continue;
    measures.set(key, value, nowMs);
    held.push(key);
  }
  return held;
}

/**
 * The component with this key (`switch:0`) of a whole status.
 * @throws PlugProtocolError when the device has none, naming those that it has
 */
export function componentOf(status: Record<string, unknown>, key: string, who: string): Record<string, unknown> {
  const component = status[key];
  if (isObject(component)) return component;
  if (component !== undefined) throw new PlugProtocolError(`Shelly.GetStatus ${key} of ${who} is no object`);
  const [first, ...more] = Object.keys(status).filter((name) => METERED.test(name));
  if (!first) throw new PlugProtocolError(`${who} has no ${key}, nor any other outlet that offair knows`);
  const [kind, channel] = first.split(':');
  throw new PlugProtocolError(
    more.length === 0
      ? `${who} has no ${key} but ${first}: set component: ${kind} and channel: ${channel}`
      : `${who} has no ${key} but ${[first, ...more].join(', ')}: set component and channel to one of them`,
  );
}

/** What a notification's `ts` tells of the plug's clock. */
export function clockOf(ts: unknown): { unset: boolean; justBooted: boolean } {
  const unset = typeof ts === 'number' && ts < FIRST_REAL_TS;
  return { unset, justBooted: unset && ts < JUST_BOOTED_SECONDS };
}

function booleanAt(value: unknown, what: string, whole: boolean): boolean | null | undefined {
  if (value === undefined) return whole ? null : undefined;
  if (value === null || typeof value === 'boolean') return value;
  throw new PlugProtocolError(`${what}: output is ${shown(value)}, true or false was expected`);
}

function flagOf(error: unknown, what: string): string {
  if (typeof error !== 'string' || !ERROR_NAME.test(error))
    throw new PlugProtocolError(`${what}: errors holds ${shown(error)}, a name was expected`);
  return FLAGS[error] ?? error;
}
