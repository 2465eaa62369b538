import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import type { Contact, TapoDevice } from './device.ts';
import { MOST_OUTLETS, OUTLET_COMPONENTS, OUTLET_LIST, wholeList } from './list.ts';
import type { SmartProtocol } from './protocol.ts';

const childSchema = z.looseObject({
  device_id: z.string().min(1).max(128),
  position: z.int().min(1).max(MOST_OUTLETS),
  is_usb: z.boolean().optional(),
});

/** One outlet of a strip as the strip last told it. */
export interface StripOutlet {
  /** Its entry in the strip's list: relay, flags. */
  info: z.output<typeof childSchema>;
  protocol: SmartProtocol;
}

interface Look extends Contact {
  outlets: Map<number, StripOutlet>;
  generation: number;
  atMs: number;
}

/** The list of a strip's outlets, asked once for all plugs of the strip. */
export class TapoStrip {
  readonly device: TapoDevice;
  readonly #clock: Clock;
  #last: Look | null = null;
  #asking: Promise<Look> | null = null;
  #protocols = new Map<string, SmartProtocol>();
  #protocolsOf = -1;

  constructor(device: TapoDevice, clock: Clock) {
    this.device = device;
    this.#clock = clock;
  }

  /**
   * The strip and all its outlets, from a list that is at most `maxAgeMs` old.
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
   */
  look(maxAgeMs: number): Promise<Look> {
    const last = this.#last;
    const fresh =
      last && last.generation === this.device.generation && this.#clock.monotonicMs() - last.atMs <= maxAgeMs;
    if (fresh) return Promise.resolve(last);
    if (this.#asking) return this.#asking;
    const asking = this.#ask();
    this.#asking = asking;
    const end = (look: Look | null) => {
      // Begun before a command: it may show the relay as it was.
      if (this.#asking !== asking) return;
      this.#asking = null;
      this.#last = look;
    };
    asking.then(end, () => end(null));
    return asking;
  }

  /** A command was sent: the list that is known, or on its way, may be of before. */
  invalidate(): void {
    this.#last = null;
    this.#asking = null;
  }

  /** Says which outlets there are, for a message. */
  static describe(outlets: ReadonlyMap<number, StripOutlet>): string {
    return [...outlets]
      .toSorted(([a], [b]) => a - b)
      .map(([position, { info }]) => (info.is_usb ? `${position} (USB)` : `${position}`))
      .join(', ');
  }

  async #ask(): Promise<Look> {
    const { device } = this;
    const known = this.#protocolsOf === device.generation;
    const first = { start_index: 0 };
    const { info, answers } = await device.contact([
      { method: OUTLET_LIST[0], params: first },
      ...(known ? [] : [{ method: OUTLET_COMPONENTS[0], params: first }]),
    ]);
    const generation = device.generation;
    const protocols = new Map<string, SmartProtocol>();
    const outlets = new Map<number, StripOutlet>();
    for (const entry of await this.#list(OUTLET_LIST, answers)) {
      const child = childSchema.safeParse(entry);
      if (!child.success) throw new PlugProtocolError(`${device.who} lists an outlet without device_id or position`);
      const { device_id: id, position } = child.data;
      if (protocols.has(id) || outlets.has(position))
        throw new PlugProtocolError(
          `${device.who} lists outlet ${position} twice: none of its outlets is read or switched. Restart the strip`,
        );
      const protocol =
        (known && this.#protocols.get(id)) || device.protocol.child(`outlet ${position} of ${device.who}`, id);
      protocols.set(id, protocol);
      outlets.set(position, { info: child.data, protocol });
    }
    this.#protocols = protocols;
    if (!known) this.#protocolsOf = generation;
    for (const entry of await this.#list(OUTLET_COMPONENTS, answers))
      if (typeof entry.device_id === 'string') this.#protocols.get(entry.device_id)?.learnComponents(entry);
    return { info, answers, outlets, generation, atMs: this.#clock.monotonicMs() };
  }

  /** The rest of a list of which `answers` may have the beginning; empty when the device does not know it. */
  async #list(list: typeof OUTLET_LIST | typeof OUTLET_COMPONENTS, answers: Contact['answers']) {
    const { who, protocol } = this.device;
    const first = answers.get(list[0]);
    return first ? this.device.reach(wholeList(protocol, who, list, first)) : [];
  }
}
