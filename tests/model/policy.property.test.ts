import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, PLUGS, play, type Seen, type Step, stories, studioWith } from './switching-world.ts';

/** `OFFAIR_PROPERTY_RUNS=200000 npx vitest run tests/model` searches longer. */
const RUNS = { numRuns: Number(process.env.OFFAIR_PROPERTY_RUNS ?? 10_000) };
const HOUR_MS = 3_600_000;
const real = studioWith(false);

const holds = (check: (seen: Seen) => void) =>
  fc.assert(
    fc.property(stories, (story) => play(story, real, check)),
    RUNS,
  );
const specOf = (id: string) => {
  const spec = PLUGS.find((plug) => plug.id === id);
  if (!spec) throw new Error(`no plug ${id}`);
  return spec;
};
const sessionSaid = (history: readonly Entry[]) => {
  const last = history.findLast(
    (entry) => entry.type === 'restart' || (entry.type === 'event' && entry.event.type === 'session'),
  );
  // After a restart nobody knows until somebody says so.
  return last?.type === 'event' && last.event.type === 'session' ? last.event.status : 'unknown';
};
const readingsOf = (history: readonly Entry[], plug: string) =>
  history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1).flatMap((entry) => {
    if (entry.type !== 'event') return [];
    const { event, atMs } = entry;
    if (event.type === 'reading' && event.plug === plug) return [{ atMs, watts: event.watts, relay: event.relay }];
    if (event.type === 'offline' && event.plug === plug) return [{ atMs, watts: null, relay: null, offline: true }];
    return [];
  });

describe('switching invariants over 10,000 random stories each', () => {
  test('1: an essential plug gets no command, ever', () => {
    holds(({ command }) => expect(specOf(command.plug).essential).toBe(false));
  });

  test('2: nothing is cut while a session runs or while nobody knows', () => {
    holds(({ command, history }) => {
      if (command.to === 'off') expect(sessionSaid(history)).toBe('none');
    });
  });

  test('3: nothing is cut while in use, or while its reading is stale', () => {
    holds(({ command, history, nowMs }) => {
      if (command.to !== 'off') return;
      const spec = specOf(command.plug);
      const readings = readingsOf(history, spec.id);
      const last = readings.at(-1);
      expect(last && !('offline' in last) && nowMs - last.atMs <= spec.staleAfterMs).toBe(true);
      if (spec.idleWatts === null) return;
      // Back from now: readings without a break, all idle, for the whole quiet time.
      let sinceMs = nowMs;
      for (const { atMs, watts } of readings.toReversed()) {
        if (watts === null || watts > spec.idleWatts || sinceMs - atMs > spec.staleAfterMs) break;
        sinceMs = atMs;
      }
      expect(nowMs - sinceMs).toBeGreaterThanOrEqual(spec.quietSeconds * 1000);
    });
  });

  test('4: cuts are tried a few times, restores ever more seldom; unknown stays unknown', () => {
    fc.assert(
      fc.property(stories, (story) =>
        play(
          story,
          real,
          ({ command, history, nowMs }) => {
            if (command.by !== 'policy') return;
            const { count, lastAtMs } = failuresInARow(history, command.plug);
            if (command.to === 'off') expect(count).toBeLessThan(real.settings.maxAttempts);
            else if (count > 0)
              expect(nowMs - lastAtMs).toBeGreaterThanOrEqual(Math.min(5000 * 2 ** (count - 1), 60_000));
          },
          (history, state) => {
            const last = history.at(-1);
            if (last?.type !== 'outcome' || last.outcome !== 'unknown' || last.relay !== null) return;
            const plug = state.plugs[last.command.plug];
            // A policy that knew nothing must not claim to know.
            if (plug && !plug.pending) expect(plug.relay).toBeNull();
          },
        ),
      ),
      RUNS,
    );
  });

  test('5: minimum times, staggered restores and the cap per hour hold, over restarts too', () => {
    holds(({ command, history, nowMs, trueMs }) => {
      const spec = specOf(command.plug);
      const ours = history.flatMap((entry) => (entry.type === 'command' ? [entry] : []));
      const mine = ours.filter((entry) => entry.command.plug === spec.id);
      const restored = command.by === 'policy' && command.to === 'on';
      // Room for the restore after a cut; the restore itself is never refused for a number.
      // An hour by the clock or in truth: a clock that was set can't be held against anybody.
      const isRecent = (entry: Entry) => entry.atMs > nowMs - HOUR_MS && entry.trueMs > trueMs - HOUR_MS;
      const recent = mine.filter(isRecent).length;
      if (!restored) expect(recent).toBeLessThan(real.settings.maxSwitchesPerHour - (command.to === 'off' ? 1 : 0));
      // The last time it went the other way, by a command or by hand.
      const opposite = history.findLast(
        (entry, index) =>
          (entry.type === 'command' && entry.command.plug === spec.id && entry.command.to !== command.to) ||
          (isHandAtPlug(entry, history.slice(0, index), spec.id) &&
            entry.type === 'event' &&
            entry.event.type === 'reading' &&
            entry.event.relay === (command.to === 'off')),
      );
      const minimumMs = (command.to === 'off' ? spec.minOnSeconds : spec.minOffSeconds) * 1000;
      if (opposite) expect(nowMs - opposite.atMs).toBeGreaterThanOrEqual(minimumMs);
      const restore = ours.findLast((entry) => entry.command.to === 'on');
      if (command.to === 'on' && command.by === 'policy' && restore)
        expect(nowMs - restore.atMs).toBeGreaterThanOrEqual(real.settings.staggerMs);
    });
  });

  test('6: what a person switched stands until the phase changes', () => {
    holds(({ command, history, at }) => {
      if (command.by !== 'policy') return;
      const before = history.slice(0, at + 1);
      const hand = before.findLastIndex((entry, index) => isHand(entry, before.slice(0, index), command.plug));
      if (hand < 0) return;
      expect(phaseChangedSince(before, hand), JSON.stringify(before.slice(hand))).toBe(true);
    });
  });

  test('7: starting switches nothing: no command before a session and a reading were seen in this run', () => {
    holds(({ command, history }) => {
      const run = history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1);
      expect(readingsOf(history, command.plug).length).toBeGreaterThan(0);
      if (command.by !== 'policy') return;
      expect(run.some((entry) => entry.type === 'event' && entry.event.type === 'session')).toBe(true);
      // And only the end of a session makes a cut due.
      if (command.to === 'off') {
        const ran = history.some(
          (entry) => entry.type === 'event' && entry.event.type === 'session' && entry.event.status === 'running',
        );
        expect(ran).toBe(true);
      }
    });
  });

  test('8: a dry run marks every command as not to be sent', () => {
    fc.assert(
      fc.property(stories, (story) =>
        play(story, studioWith(true), ({ command }) => expect(command.dryRun).toBe(true)),
      ),
      RUNS,
    );
  });

  test('9: every command has an expiry, and only one is under way per plug', () => {
    holds(({ command, history, nowMs }) => {
      expect(command.issuedAtMs).toBe(nowMs);
      expect(command.expiresAtMs).toBe(nowMs + real.settings.commandTtlMs);
      const run = history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1);
      const open = run.filter(
        (entry) =>
          entry.type === 'command' &&
          entry.command.plug === command.plug &&
          !run.some((other) => other.type === 'outcome' && other.command.id === entry.command.id),
      );
      expect(open).toEqual([]);
    });
  });

  test('the stories do reach cuts, restores, refusals and restarts (so the checks above mean something)', () => {
    const seen = { cut: 0, restore: 0, asked: 0, refused: 0 };
    fc.assert(
      fc.property(stories, (story: Step[]) =>
        play(
          story,
          real,
          ({ command }) => {
            if (command.by !== 'policy') seen.asked += 1;
            else if (command.to === 'off') seen.cut += 1;
            else seen.restore += 1;
          },
          (history) => {
            seen.refused += history.filter((entry) => entry.type === 'event' && entry.refused.length > 0).length;
          },
        ),
      ),
      { numRuns: 2000, seed: 7 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(500);
  });
});

/** Failures of the policy's commands to this plug since the phase last changed or the plug came back. */
function failuresInARow(history: readonly Entry[], plug: string): { count: number; lastAtMs: number } {
  const spec = specOf(plug);
  let count = 0;
  let lastAtMs = 0;
  let running = false;
  let readingAtMs: number | null = null;
  let phase = 'standby';
  for (const entry of history) {
    if (entry.type === 'restart') readingAtMs = null;
    else if (entry.type === 'outcome' && entry.command.plug === plug) {
      if (entry.outcome === 'verified') count = 0;
      else {
        count += 1;
        lastAtMs = entry.atMs;
      }
    } else if (entry.type === 'event') {
      const { event } = entry;
      if (event.type === 'session') running = event.status === 'running';
      if (event.type === 'session' && event.phase !== phase) {
        phase = event.phase;
        count = 0;
      }
      if (event.type === 'offline' && event.plug === plug) readingAtMs = null;
      if (event.type === 'reading' && event.plug === plug) {
        if (readingAtMs === null || entry.atMs - readingAtMs > spec.staleAfterMs) count = 0;
        // On after all: that restore is done.
        if (running && event.relay) count = 0;
        readingAtMs = entry.atMs;
      }
    }
  }
  return { count, lastAtMs };
}

/** A hand at the plug (its relay changed and nobody here did it) or an accepted request. */
function isHand(entry: Entry, before: readonly Entry[], plug: string): boolean {
  if (entry.type !== 'event') return false;
  const { event } = entry;
  if (event.type === 'request') {
    return event.plug === plug && entry.refused.length === 0;
  }
  return isHandAtPlug(entry, before, plug);
}

function isHandAtPlug(entry: Entry, before: readonly Entry[], plug: string): boolean {
  if (entry.type !== 'event') return false;
  const { event } = entry;
  if (event.type !== 'reading' || event.plug !== plug || event.relay === null) return false;
  // The last that was known of the relay, and by whom.
  let relay: boolean | null = null;
  let pending: string | null = null;
  for (const earlier of before) {
    if (earlier.type === 'restart') {
      if (pending) relay = null;
      pending = null;
    } else if (earlier.type === 'command' && earlier.command.plug === plug) pending = earlier.command.id;
    else if (earlier.type === 'outcome' && earlier.command.id === pending) {
      pending = null;
      relay = earlier.relay;
    } else if (earlier.type === 'event' && earlier.event.type === 'reading' && earlier.event.plug === plug)
      relay = earlier.event.relay ?? relay;
  }
  return pending === null && relay !== null && relay !== event.relay;
}

function phaseChangedSince(history: readonly Entry[], index: number): boolean {
  const phaseAt = (end: number) => {
    const last = history.slice(0, end).findLast((entry) => entry.type === 'event' && entry.event.type === 'session');
    return last?.type === 'event' && last.event.type === 'session' ? last.event.phase : 'standby';
  };
  const start = phaseAt(index + 1);
  for (let end = index + 2; end <= history.length; end += 1) if (phaseAt(end) !== start) return true;
  // A request that failed does not stand: nothing was switched.
  const asked = history[index];
  if (asked?.type === 'event' && asked.event.type === 'request') {
    const command = history.slice(index).find((entry) => entry.type === 'command' && entry.command.by !== 'policy');
    if (command?.type === 'command') {
      return history
        .slice(index)
        .some(
          (entry) =>
            entry.type === 'outcome' && entry.command.id === command.command.id && entry.outcome !== 'verified',
        );
    }
  }
  return false;
}
