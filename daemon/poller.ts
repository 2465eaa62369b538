import type { Logger } from 'pino';
import type { Clock, Random } from '../model/clock.ts';
import { PlugAuthRefused, PlugProtocolError, wordsOf } from '../model/errors.ts';
import type { PlugDevice } from '../model/ports.ts';
import type { PlugTrouble } from '../model/problems.ts';
import type { Reading } from '../model/reading.ts';

/** Back-off after a plug that can't be reached or understood: doubles from the first to the last, ms. */
const FIRST_RETRY_MS = 3000;
const LAST_RETRY_MS = 60_000;
/** A refusal is looked at again only now and then: it takes a person to mend it, ms. */
const REFUSED_RETRY_MS = 300_000;
/** Starts are spread over this for each plug, ms: a hundred do not fire together, and a few do not keep anybody waiting. */
const START_SPREAD_MS = 30;
const JITTER = 0.05;

interface PollerEvents {
  reading(reading: Reading): void;
  /** Asked once, whatever came of it: `problem` is what a technician reads; null when all is well. */
  asked(problem: PlugTrouble | null): void;
}

/**
 * Asks one plug for a reading again and again, until `signal` aborts. Never overlaps itself; late polls are skipped.
 * A `wake` event ends a back-off. `plugs`: how many are polled in all.
 */
export async function poll(
  device: PlugDevice,
  deps: { clock: Clock; random: Random; log: Logger; events: PollerEvents; wake: EventTarget; plugs: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log, events, wake, plugs } = deps;
  const jittered = (ms: number) => ms * (1 + JITTER * (2 * random() - 1));
  let failures = 0;
  let problem = null as PlugTrouble | null;
  let delayMs = random() * Math.min(device.pollMs, START_SPREAD_MS * plugs);
  for (;;) {
    await nap(clock, delayMs, signal, delayMs > device.pollMs * (1 + JITTER) ? wake : null);
    if (signal.aborted) return;
    const startedMs = clock.monotonicMs();
    let found = null as PlugTrouble | null;
    try {
      const reading = await device.read();
      if (signal.aborted) return;
      failures = 0;
      events.reading(reading);
      delayMs = Math.max(0, jittered(device.pollMs) - (clock.monotonicMs() - startedMs));
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      found = { code: troubleOf(error), text: wordsOf(error) };
      if (error instanceof PlugAuthRefused) delayMs = jittered(REFUSED_RETRY_MS);
      else {
        const reachable = found.code !== 'plug-unreachable';
        const backOffMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), LAST_RETRY_MS);
        // Garbage may be chance; what goes on answering so may be another device, which must not be asked at this rate.
        delayMs = jittered(reachable ? Math.max(device.pollMs, backOffMs) : backOffMs);
      }
      log.debug({ plug: device.plug, failures, err: error }, 'poll failed');
    }
    // Said once when it changes, not at every poll.
    if (found?.text !== problem?.text) {
      if (found) log.warn({ event: found.code, plug: device.plug }, found.text);
      else log.info({ event: 'plug-answers', plug: device.plug }, 'answers again');
      problem = found;
    }
    events.asked(problem);
  }
}

function troubleOf(error: unknown): PlugTrouble['code'] {
  if (error instanceof PlugAuthRefused) return 'plug-refused';
  return error instanceof PlugProtocolError ? 'plug-unreadable' : 'plug-unreachable';
}

/** Sleeps until the time is over, the signal aborts, or `wake` says so. */
async function nap(clock: Clock, ms: number, signal: AbortSignal, wake: EventTarget | null): Promise<void> {
  const woken = new AbortController();
  const wakeUp = () => woken.abort();
  wake?.addEventListener('wake', wakeUp, { once: true });
  await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => {});
  wake?.removeEventListener('wake', wakeUp);
}
