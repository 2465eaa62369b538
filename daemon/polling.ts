import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import type { Clock, Random } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
import type { PlugDevice, PlugSink } from '../model/ports.ts';
import type { PlugTrouble } from '../model/problems.ts';
import type { Reading } from '../model/reading.ts';
import type { Live } from './live.ts';
import { poll } from './poller.ts';
import type { Stop } from './stopping.ts';
import type { Vitals } from './vitals.ts';

/** A plug that refuses is left alone for five minutes, the longest that nobody may be asked, ms. */
const POLL_PATIENCE_MS = 360_000;

interface PollingDeps {
  clock: Clock;
  random: Random;
  log: Logger;
  live: Live;
  vitals: Vitals;
  onReading(reading: Reading): void;
  /** What it drew last is no longer true. */
  offline(plug: PlugId): void;
}

/** Starts every plug and asks it again and again. `wake` ends the back-offs; the plugs themselves are stopped elsewhere. */
export function startPolling(
  devices: ReadonlyMap<PlugId, PlugDevice>,
  { clock, random, log, live, vitals, onReading, offline }: PollingDeps,
): { wake(): void; stop: Stop } {
  const events: PlugSink = {
    reading: onReading,
    offline: (plug, why) => {
      live.gone(plug, why);
      offline(plug);
    },
    trouble: (plug, what) => {
      log.warn({ event: 'plug-odd', plug }, what);
      live.trouble(plug, what);
    },
  };
  const end = new AbortController();
  const wake = new EventTarget();
  // Every plug that is away waits for it: no leak, of which Node would warn.
  setMaxListeners(devices.size, wake);
  const slowest = [...devices.values()].reduce((most, { pollMs }) => Math.max(most, pollMs), 0);
  const polled = devices.size > 0 ? vitals.watch('polls', POLL_PATIENCE_MS + 2 * slowest) : () => {};
  const loops = [...devices.values()].map((device) => {
    // Each by itself: one that hangs or fails must not keep the others from being measured.
    device.start(events).catch((error: Error) => live.trouble(device.plug, `could not be started: ${error.message}`));
    let unreached = 0;
    const pollEvents = {
      reading: onReading,
      asked: (problem: PlugTrouble | null) => {
        live.asked(device.plug, problem);
        unreached = problem?.code === 'plug-unreachable' ? unreached + 1 : 0;
        // Once may be chance; twice in a row it is away, and what it drew last is no longer true.
        if (problem && unreached === 2) events.offline(device.plug, problem.text);
        polled();
      },
    };
    return poll(device, { clock, random, log, events: pollEvents, wake, plugs: devices.size }, end.signal);
  });
  return {
    wake: () => void wake.dispatchEvent(new Event('wake')),
    async stop() {
      end.abort();
      await Promise.all(loops);
    },
  };
}
