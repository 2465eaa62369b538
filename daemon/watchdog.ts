import type { Logger } from 'pino';
import type { ServiceManager } from '../adapters/systemd/index.ts';
import type { Clock } from '../model/clock.ts';

/** systemd hears of a healthy daemon so often within its patience: one word may be lost. */
const TIMES = 3;

/**
 * Tells systemd that the daemon is well, as long as `late` names no part of it; of a loop that does not turn it hears
 * nothing by itself. Then systemd ends the daemon and starts it anew, and no relay moves.
 * @returns ends it
 */
export function feedWatchdog(
  manager: ServiceManager,
  { clock, log, late }: { clock: Clock; log: Logger; late: () => string[] },
): () => void {
  const { watchdogMs } = manager;
  if (watchdogMs === null) return () => {};
  let cancel = () => {};
  const feed = () => {
    cancel = clock.after(watchdogMs / TIMES, feed);
    const parts = late();
    if (parts.length > 0) {
      log.fatal(
        { event: 'watchdog-starved', parts },
        `no sign of life of ${parts.join(', ')}: systemd will start offair anew`,
      );
      return;
    }
    manager.tell('WATCHDOG=1').catch((error: Error) => log.warn({ event: 'watchdog-unfed' }, error.message));
  };
  feed();
  return () => cancel();
}
