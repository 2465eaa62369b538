import { PlugProtocolError } from '../../model/errors.ts';
import type { Reading } from '../../model/reading.ts';
import { normaliseMac } from '../mac.ts';
import { type Answer, DEVICE_INFO } from './protocol.ts';

export const ENERGY_USAGE = 'get_energy_usage';
export const EMETER_DATA = 'get_emeter_data';
export const CURRENT_POWER = 'get_current_power';

/** What comes from the plug itself in a reading. */
export type PlugReport = Pick<Reading, 'watts' | 'counterWh' | 'relay' | 'volts' | 'amps' | 'celsius' | 'flags'>;

/** "Unspecific", answered by energy methods while the plug's clock is unset, and the time errors proper. */
const CLOCK_UNSET_CODES = new Set([-1001, -1601, -1602, -1603]);
/** A plug that never reached a time server counts from the year 2000. */
const CLOCK_SET_SINCE = '2020';

/** A Tapo error code on an energy method that means "not before the clock is set". */
export function meansClockUnset(answer: Answer | undefined): boolean {
  return answer !== undefined && CLOCK_UNSET_CODES.has(answer.code);
}

/** The outlet has a meter, though it may be waiting for the plug's clock. */
export function hasEnergy(answers: ReadonlyMap<string, Answer>): boolean {
  return [ENERGY_USAGE, EMETER_DATA, CURRENT_POWER].some((method) => answers.has(method));
}

/**
 * Reads the answers of one poll. Watts come from the finest source there is: emeter (mW), energy usage (mW), then
 * current power (whole W). The counter is today's energy: whole Wh, back to 0 at the plug's own midnight; `energy_wh` of
 * the emeter means another thing on every model and is never one.
 * @param answers DEVICE_INFO of the outlet itself, and what there is of the energy methods
 * @param who names the plug in messages
 * @throws PlugProtocolError naming the field that is missing, not a number or out of range
 */
export function report(answers: ReadonlyMap<string, Answer>, who: string): PlugReport {
  const info = answers.get(DEVICE_INFO)?.result ?? {};
  const energy = answers.get(ENERGY_USAGE)?.result ?? {};
  const emeter = answers.get(EMETER_DATA)?.result ?? {};
  const power = answers.get(CURRENT_POWER)?.result ?? {};
  const number = numberReader(who);

  const relay = info.device_on;
  if (typeof relay !== 'boolean')
    throw new PlugProtocolError(`${who} reports no relay (device_on): is it a Tapo plug?`);
  const flags = faultsOf(info);
  const clockUnset =
    [ENERGY_USAGE, EMETER_DATA, CURRENT_POWER].some((method) => meansClockUnset(answers.get(method))) ||
    (typeof energy.local_time === 'string' && energy.local_time < CLOCK_SET_SINCE);
  if (clockUnset) flags.push('clock-unset');

  return {
    watts:
      number(emeter, 'power_mw', 1000, -5000, 25_000) ??
      number(energy, 'current_power', 1000, -5000, 25_000) ??
      number(power, 'current_power', 1, -5000, 25_000),
    counterWh: number(energy, 'today_energy', 1, 0, 1_000_000),
    relay,
    volts: number(emeter, 'voltage_mv', 1000, 0, 500),
    amps: number(emeter, 'current_ma', 1000, -100, 100),
    celsius: null,
    flags,
  };
}

/** The plug's MAC, 12 upper-case hex digits. @throws PlugProtocolError when it says none */
export function macOf(info: Record<string, unknown>, who: string): string {
  const mac = typeof info.mac === 'string' ? normaliseMac(info.mac) : null;
  if (mac === null) throw new PlugProtocolError(`${who} does not say its MAC: is it a Tapo plug?`);
  return mac;
}

/** null when the field is absent; everything else must be a number whose quotient by `divisor` is in range. */
function numberReader(who: string) {
  return (from: Record<string, unknown>, field: string, divisor: number, least: number, most: number) => {
    const raw = from[field];
    if (raw === undefined) return null;
    const value = typeof raw === 'number' ? raw / divisor : Number.NaN;
    if (value >= least && value <= most) return value;
    const said = JSON.stringify(raw).slice(0, 40);
    throw new PlugProtocolError(`${who} reports ${field} ${said}: not a number that can be`);
  };
}

/** Every word a plug has for "all is well"; an unknown word counts as trouble. */
function faultsOf(info: Record<string, unknown>): string[] {
  const isNot = (field: string, fine: string) => info[field] !== undefined && info[field] !== fine;
  const flags: string[] = [];
  if (info.overheated === true || isNot('overheat_status', 'normal')) flags.push('overheated');
  if (isNot('power_protection_status', 'normal')) flags.push('overpower');
  if (isNot('overcurrent_status', 'normal')) flags.push('overcurrent');
  if (isNot('charging_status', 'normal')) flags.push('charging-cut');
  if (isNot('auto_off_status', 'off')) flags.push('auto-off');
  return flags;
}
