import type { Logger } from 'pino';
import { faultsAmong, faultText } from '../model/faults.ts';
import type { PlugId } from '../model/plug.ts';
import type { Reading } from '../model/reading.ts';

/** Says of each fault that a plug reports when it begins and when it is over, once. */
export class FaultLog {
  readonly #log: Logger;
  readonly #reported = new Map<PlugId, string[]>();

  constructor(log: Logger) {
    this.#log = log;
  }

  reading({ plug, flags }: Reading): void {
    const before = this.#reported.get(plug) ?? [];
    const now = faultsAmong(flags);
    this.#reported.set(plug, now);
    for (const flag of now)
      if (!before.includes(flag))
        this.#log.warn({ event: 'plug-fault', plug, flag }, `${faultText(plug, flag)}: look at it and at its load`);
    for (const flag of before)
      if (!now.includes(flag))
        this.#log.info({ event: 'plug-fault-over', plug, flag }, `no longer: ${faultText(plug, flag)}`);
  }
}
