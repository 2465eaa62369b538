import type { Clock } from '../../model/clock.ts';
import { wallParts } from '../../model/local-day.ts';
import type { Answer, SmartProtocol } from './protocol.ts';

export const DEVICE_TIME = 'get_device_time';
const SET_DEVICE_TIME = 'set_device_time';

const HOUR_MS = 3_600_000;
/** A plug that never reached a time server counts from the year 2000. */
const SET_SINCE_MS = Date.UTC(2020, 0, 1);
/** A machine without battery may start years back as well: such a time is handed to no plug. */
const OWN_TIME_SINCE_MS = Date.UTC(2026, 0, 1);
const TOLERATED_MS = 5 * 60_000;

/**
 * Looks after the clock of one plug: without it there is no energy, and today's counter starts anew at a wrong midnight.
 * A clock that was never set is set, at most once an hour; one that is merely wrong is told, and one in another zone is
 * neither.
 */
export class PlugClock {
  readonly #who: string;
  readonly #protocol: SmartProtocol;
  readonly #clock: Clock;
  readonly #studioZone: string;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #setAtMs = Number.NEGATIVE_INFINITY;
  #wrong = false;

  constructor(who: string, protocol: SmartProtocol, clock: Clock, studioZone: string) {
    this.#who = who;
    this.#protocol = protocol;
    this.#clock = clock;
    this.#studioZone = studioZone;
  }

  /** It is time to ask for DEVICE_TIME: at the first contact, and hourly. */
  get due(): boolean {
    return this.#clock.monotonicMs() >= this.#checkedAtMs + HOUR_MS;
  }

  /** The plug was away, perhaps without power. */
  forget(): void {
    this.#checkedAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * @param time what DEVICE_TIME answered, where it was asked
   * @param saidUnset energy methods answered that the clock is unset
   * @returns what a technician should know, once; or null
   * @throws like `SmartProtocol.query`
   */
  async tend(time: Answer | undefined, saidUnset: boolean): Promise<string | null> {
    if (time) this.#checkedAtMs = this.#clock.monotonicMs();
    const timestamp = time?.result?.timestamp;
    const timeMs = typeof timestamp === 'number' ? timestamp * 1000 : null;
    if (saidUnset || (timeMs !== null && timeMs < SET_SINCE_MS)) return this.#set();
    if (timeMs === null) return null;
    const aheadMs = timeMs - this.#clock.nowMs();
    const wrong = Math.abs(aheadMs) > TOLERATED_MS;
    if (wrong === this.#wrong) return null;
    this.#wrong = wrong;
    if (!wrong) return null;
    const minutes = Math.round(Math.abs(aheadMs) / 60_000);
    return (
      `the clock of ${this.#who} is ${minutes} minutes ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine: its day ` +
      'begins at the wrong time. Let the plug reach a time server (UDP port 123), and check the time of this machine'
    );
  }

  async #set(): Promise<string | null> {
    const [nowMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    if (nowMs < OWN_TIME_SINCE_MS || monotonicMs < this.#setAtMs + HOUR_MS) return null;
    this.#setAtMs = monotonicMs;
    const region = this.#studioZone;
    const params = { timestamp: Math.floor(nowMs / 1000), time_diff: standardOffsetMinutes(region, nowMs), region };
    const answer = (await this.#protocol.query([{ method: SET_DEVICE_TIME, params }])).get(SET_DEVICE_TIME);
    if (answer?.code === 0) return null;
    return `${this.#who} has lost its clock and does not take ours: let it reach a time server (UDP port 123)`;
  }
}

/**
 * The zone that a plug keeps its days in: its region, or a fixed offset where the region is none that we know.
 * @param info its `get_device_info`; `time_diff` is minutes east of Greenwich, without summer time
 */
export function plugZone({ region, time_diff }: Record<string, unknown>): string {
  if (typeof region === 'string' && region !== '' && isZone(region)) return region;
  const minutes = typeof time_diff === 'number' && Math.abs(time_diff) <= 14 * 60 ? Math.round(time_diff) : 0;
  const two = (value: number) => String(value).padStart(2, '0');
  const east = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(east / 60))}:${two(east % 60)}`;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Minutes east of Greenwich in the half of the year without summer time, as plugs keep it. */
function standardOffsetMinutes(timeZone: string, atMs: number): number {
  const year = Number(wallParts(atMs, timeZone).day.slice(0, 4));
  return Math.min(...[0, 6].map((month) => offsetMinutes(timeZone, Date.UTC(year, month, 1))));
}

function offsetMinutes(timeZone: string, atMs: number): number {
  const { day, hour, minute } = wallParts(atMs, timeZone);
  return (Date.parse(`${day}T00:00:00Z`) - atMs) / 60_000 + hour * 60 + minute;
}
