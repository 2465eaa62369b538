import { PlugProtocolError } from '../../model/errors.ts';
import type { Relay } from '../../model/ports.ts';
import type { Contact, TapoDevice } from './device.ts';
import { type Answer, DEVICE_INFO, type Request } from './protocol.ts';
import { EMETER_DATA, ENERGY_USAGE } from './reading.ts';
import { type StripOutlet, TapoStrip } from './strip.ts';

const SWITCH = 'set_device_info';

/** One outlet of a device, whether it is its only one or one of a strip's. All throw like `SmartProtocol`. */
export interface Outlet {
  /** The device's own info; `answers` has the outlet's under DEVICE_INFO, and its energy. */
  poll(): Promise<Contact>;
  /** Asks the outlet something more. */
  ask(requests: readonly Request[]): Promise<Map<string, Answer>>;
  switchTo: Relay['switchTo'];
}

/** The outlet of a device that has one. */
export function onlyOutlet(who: string, device: TapoDevice, strip: TapoStrip): Outlet {
  return {
    async poll() {
      const contact = await device.contact([ENERGY_USAGE, EMETER_DATA]);
      if (contact.info.device_on !== undefined) return contact;
      const { info, outlets } = await strip.look(Number.POSITIVE_INFINITY);
      if (outlets.size === 0) return contact;
      throw new PlugProtocolError(
        `${who} is a strip (${info.model}) with outlets ${TapoStrip.describe(outlets)}: ` +
          'write a plug of its own for each, with outlet: and its number',
      );
    },
    ask: (requests) => device.reach(device.protocol.query(requests)),
    async switchTo(on, expiresAtMs, stillWanted) {
      await device.protocol.command(SWITCH, { device_on: on }, expiresAtMs, stillWanted);
    },
  };
}

/**
 * One outlet of a strip.
 * @param position 1-based, as printed on the strip
 * @param listMaxAgeMs how old the list of outlets may be that a poll shows
 */
export function stripOutlet(who: string, strip: TapoStrip, position: number, listMaxAgeMs: number): Outlet {
  const find = (outlets: ReadonlyMap<number, StripOutlet>): StripOutlet => {
    const outlet = outlets.get(position);
    if (outlet) return outlet;
    const has = outlets.size === 0 ? 'only one: leave out outlet' : `outlets ${TapoStrip.describe(outlets)}`;
    throw new PlugProtocolError(`${who} is on a device that has no outlet ${position}; it has ${has}`);
  };
  const outlet = async (maxAgeMs: number) => find((await strip.look(maxAgeMs)).outlets);
  return {
    async poll() {
      const { info, outlets } = await strip.look(listMaxAgeMs);
      const own = find(outlets);
      const energy = await strip.device.reach(own.protocol.query([ENERGY_USAGE, EMETER_DATA]));
      return { info, answers: new Map([...energy, [DEVICE_INFO, { code: 0, result: own.info }]]) };
    },
    async ask(requests) {
      const { protocol } = await outlet(Number.POSITIVE_INFINITY);
      return strip.device.reach(protocol.query(requests));
    },
    async switchTo(on, expiresAtMs, stillWanted) {
      const { protocol } = await outlet(Number.POSITIVE_INFINITY);
      strip.invalidate();
      try {
        await protocol.command(SWITCH, { device_on: on }, expiresAtMs, stillWanted);
      } finally {
        strip.invalidate();
      }
    },
  };
}
