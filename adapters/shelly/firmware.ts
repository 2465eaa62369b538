import type { DeviceAbout } from '../../model/ports.ts';
import type { AdapterDeps } from '../adapter.ts';

/** Of a model or a firmware: it is kept and logged, characters. */
const MAX_LENGTH = 100;

/** Keeps which model and firmware a device is, and logs it when it is met and when it has changed. */
export class Firmware {
  readonly #name: string;
  readonly #deps: Pick<AdapterDeps, 'log' | 'memory'>;
  #logged = '';
  /** What the device said; null before it did. */
  about: DeviceAbout | null = null;

  constructor(device: string, deps: Pick<AdapterDeps, 'log' | 'memory'>) {
    this.#name = `shelly:${device}`;
    this.#deps = deps;
  }

  /** What the device said of itself; anything but two short texts is left alone. */
  async told(who: string, model: unknown, firmware: unknown): Promise<void> {
    if (typeof model !== 'string' || typeof firmware !== 'string') return;
    if (model.length > MAX_LENGTH || firmware.length > MAX_LENGTH) return;
    this.about = { model, firmware };
    const known = JSON.stringify(this.about);
    if (known === this.#logged) return;
    this.#logged = known;
    const { log, memory } = this.#deps;
    try {
      const before = await memory.recall(this.#name);
      const changed = before !== undefined && before !== null && JSON.stringify(before) !== known;
      log.info(
        { event: 'device-firmware', model, firmware, ...(changed && { before }) },
        `${who}: ${model}, firmware ${firmware}`,
      );
      if (JSON.stringify(before) !== known) await memory.keep(this.#name, { model, firmware });
    } catch (error) {
      log.warn({ event: 'device-firmware-unkept', err: error }, `${who}: its firmware could not be kept`);
    }
  }
}
