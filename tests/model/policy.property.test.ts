import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PolicyState } from '../../model/policy-state.ts';
import { SESSION_PHASES } from '../../model/ports.ts';
import { REGRESSIONS } from './switching-regressions.ts';
import { type Entry, play, type Seen, SPECIAL_PLUGS, type Step, stories, studioWith } from './switching-world.ts';

/** `OFFAIR_PROPERTY_RUNS=200000 npx vitest run tests/model` searches longer. */
/** `OFFAIR_PROPERTY_RUNS=200000 npx vitest run tests/model` searches longer, `OFFAIR_PROPERTY_SEED` again in the same place. */
const STORIES = Number(process.env.OFFAIR_PROPERTY_RUNS ?? 4000);
const SEED = Number(process.env.OFFAIR_PROPERTY_SEED ?? fc.sample(fc.integer({ min: 0 }), 1)[0]);
const RUNS = { numRuns: STORIES, seed: SEED, examples: REGRESSIONS.map((story): [Step[]] => [story]) };
const HOUR_MS = 3_600_000;
const real = studioWith(false, SPECIAL_PLUGS);

interface Check {
  each(seen: Seen): void;
  atEnd?(history: readonly Entry[], state: PolicyState): void;
}
const checks = new Map<string, Check>();
/** Those that some story broke. */
const broken = new Set<string>();
let steps = 0;
const reached = { cut: 0, restore: 0, asked: 0, refused: 0, 'cut-now': 0, 'planned-live': 0, 'shut-down-first': 0 };

function count(command: Seen['command']): void {
  const [why] = command.reasons;
  if (why && why.code in reached) reached[why.code as keyof typeof reached] += 1;
  if (isAsked(command)) reached.asked += 1;
  else if (command.to === 'off') reached.cut += 1;
  else if (command.to === 'on') reached.restore += 1;
}

/** What is to hold in every story. All are checked in one pass; one that was broken is searched again, for its smallest story. */
function holds(name: string, each: Check['each'], atEnd?: Check['atEnd']): void {
  const check = atEnd ? { each, atEnd } : { each };
  checks.set(name, check);
  test(name, () => {
    if (!broken.has(name)) return;
    fc.assert(
      fc.property(stories, (story) => play(story, real, check.each, check.atEnd)),
      RUNS,
    );
  });
}

function noting(name: string, check: () => void): void {
  try {
    check();
  } catch {
    broken.add(name);
  }
}

const specOf = (id: string) => {
  const spec = SPECIAL_PLUGS.find((plug) => plug.id === id);
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

describe(`switching invariants over ${STORIES} random stories (seed ${SEED})`, () => {
  holds('1: an essential plug gets no command, ever', ({ command }) =>
    expect(specOf(command.plug).essential).toBe(false),
  );

  holds('2: nothing is cut or shut down while a session runs or while nobody knows', ({ command, history }) => {
    if (command.to !== 'on') expect(sessionSaid(history)).toBe('none');
  });

  holds(
    '3: nothing is cut or shut down while in use or while its reading is stale; cut only when its load is off and cool',
    ({ command, history, nowMs }) => {
      if (command.to === 'on') return;
      const spec = specOf(command.plug);
      const readings = readingsOf(history, spec.id);
      const last = readings.at(-1);
      expect(last && !('offline' in last) && nowMs - last.atMs <= spec.staleAfterMs).toBe(true);
      // Back from now: readings without a break, all at or under these watts.
      const underMs = (atMost: number) => {
        let sinceMs = nowMs;
        for (const { atMs, watts } of readings.toReversed()) {
          if (watts === null || watts > atMost || sinceMs - atMs > spec.staleAfterMs) break;
          sinceMs = atMs;
        }
        return nowMs - sinceMs;
      };
      const { idleWatts, offWatts = null, quietSeconds, coolDownSeconds = 0 } = spec;
      if (idleWatts !== null)
        expect(underMs(idleWatts)).toBeGreaterThanOrEqual(Math.max(quietSeconds, coolDownSeconds) * 1000);
      if (offWatts !== null && command.to === 'off')
        expect(underMs(offWatts)).toBeGreaterThanOrEqual(quietSeconds * 1000);
    },
  );

  holds(
    '4: cuts are tried a few times, restores ever more seldom; unknown stays unknown',
    ({ command, history, nowMs }) => {
      if (isAsked(command) || command.to === 'shut-down') return;
      const { count, lastAtMs } = failuresInARow(history, command.plug);
      if (command.to === 'off') expect(count).toBeLessThan(real.settings.maxAttempts);
      else if (count > 0) expect(nowMs - lastAtMs).toBeGreaterThanOrEqual(Math.min(5000 * 2 ** (count - 1), 60_000));
    },
    (history, state) => {
      const last = history.at(-1);
      if (last?.type !== 'outcome' || last.outcome !== 'unknown' || last.relay !== null) return;
      const plug = state.plugs[last.command.plug];
      // A policy that knew nothing must not claim to know.
      if (plug && !plug.pending) expect(plug.relay).toBeNull();
    },
  );

  holds('a load is told to shut down once in a phase, only where that is configured', ({ command, history }) => {
    if (command.to !== 'shut-down') return;
    expect(specOf(command.plug).canShutDown).toBe(true);
    const changed = history.findLastIndex((_, index) => phaseAt(history, index) !== phaseAt(history, index + 1));
    const earlier = history
      .slice(changed + 1)
      .filter((entry) => entry.type === 'shutdown' && entry.command.plug === command.plug);
    const refused = history.filter((entry) => entry.type === 'shutdown-outcome' && entry.outcome === 'refused');
    for (const one of earlier)
      expect(
        one.type === 'shutdown' && refused.some((entry) => 'command' in entry && entry.command === one.command),
      ).toBe(true);
  });

  holds(
    '5: minimum times, staggered restores and the cap per hour hold, over restarts too',
    ({ command, history, nowMs, trueMs }) => {
      if (command.to === 'shut-down') return;
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
        expect(nowMs - restore.atMs).toBeGreaterThanOrEqual(
          Math.max(real.settings.staggerMs, (specOf(restore.command.plug).inrushSeconds ?? 0) * 1000),
        );
    },
  );

  holds('6: what a person switched stands until the phase changes or they give it back', ({ command, history, at }) => {
    if (isAsked(command)) return;
    const before = history.slice(0, at + 1);
    const hand = before.findLastIndex((entry, index) => isHand(entry, before.slice(0, index), command.plug));
    if (hand < 0) return;
    const released = before
      .slice(hand)
      .some((entry) => entry.type === 'event' && entry.event.type === 'release' && entry.event.plug === command.plug);
    if (!released) expect(phaseChangedSince(before, hand), JSON.stringify(before.slice(hand))).toBe(true);
  });

  holds(
    '7: starting switches nothing: no command before a session and a reading were seen in this run',
    ({ command, history }) => {
      const run = history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1);
      expect(readingsOf(history, command.plug).length).toBeGreaterThan(0);
      if (isAsked(command)) return;
      const told = command.reasons[0]?.code === 'planned-live' ? 'plan' : 'session';
      expect(run.some((entry) => entry.type === 'event' && entry.event.type === told)).toBe(true);
      // And only the end of a session makes a cut due, or a person who says now.
      if (command.to !== 'on' && command.by === 'policy') {
        const ran = history.some(
          (entry) => entry.type === 'event' && entry.event.type === 'session' && entry.event.status === 'running',
        );
        expect(ran).toBe(true);
      }
    },
  );

  test('8: a dry run marks every command as not to be sent', () => {
    fc.assert(
      fc.property(stories, (story) =>
        play(story, studioWith(true, SPECIAL_PLUGS), ({ command }) => expect(command.dryRun).toBe(true)),
      ),
      { ...RUNS, numRuns: STORIES / 4 },
    );
  });

  holds('9: every command has an expiry, and only one is under way per plug', ({ command, history, nowMs }) => {
    expect(command.issuedAtMs).toBe(nowMs);
    expect(command.expiresAtMs).toBe(nowMs + real.settings.commandTtlMs);
    if (command.to === 'shut-down') return;
    const run = history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1);
    const open = run.filter(
      (entry) =>
        entry.type === 'command' &&
        entry.command.plug === command.plug &&
        !run.some((other) => other.type === 'outcome' && other.command.id === entry.command.id),
    );
    expect(open).toEqual([]);
  });

  holds(
    'while somebody holds everything on nothing is cut or shut down, over restarts too',
    ({ command, history, nowMs }) => {
      if (command.to === 'on') return;
      const held = history.findLast((entry) => entry.type === 'event' && entry.event.type === 'hold');
      if (held?.type !== 'event' || held.event.type !== 'hold' || held.event.untilMs === null) return;
      const { untilMs } = held.event;
      if (history.slice(history.indexOf(held)).some(({ saidAtMs }) => saidAtMs >= untilMs)) return;
      // As long as it was meant to be, by a clock that may have been set meanwhile.
      expect(nowMs).toBeGreaterThanOrEqual(untilMs - (held.saidAtMs - held.atMs));
    },
  );

  holds(
    'the policy waits for the end of the grace period, in full after a restart, unless a person says now',
    ({ command, history, nowMs }) => {
      if (command.to === 'on' || isAsked(command)) return;
      if (command.by !== 'policy') {
        const run = history.slice(history.findLastIndex(({ type }) => type === 'restart') + 1);
        expect(
          run.some(
            (entry) =>
              entry.type === 'event' &&
              entry.event.type === 'cut-now' &&
              entry.refused.length === 0 &&
              entry.event.plugs.includes(command.plug),
          ),
        ).toBe(true);
        return;
      }
      const since = history.findLast(
        (entry, index) =>
          entry.type === 'restart' ||
          (statusAt(history, index) === 'running' && statusAt(history, index + 1) !== 'running'),
      );
      expect(nowMs - (since?.atMs ?? nowMs)).toBeGreaterThanOrEqual(real.settings.graceMs);
    },
  );

  holds(
    'a plug is restored for a phase that it is powered in, or for a live that is planned',
    ({ command, history }) => {
      if (command.to !== 'on' || isAsked(command)) return;
      const { poweredIn = SESSION_PHASES } = specOf(command.plug);
      const plan = history.findLast((entry) => entry.type === 'event' && entry.event.type === 'plan');
      if (command.reasons[0]?.code === 'planned-live')
        expect(plan?.type === 'event' && plan.event.type === 'plan' && plan.event.next).toBeTruthy();
      else expect(poweredIn).toContain(phaseAt(history, history.length));
    },
  );

  holds('what is to be cut first is off first', ({ command, history }) => {
    const { cutOrder = null } = specOf(command.plug);
    if (command.to === 'on' || isAsked(command) || cutOrder === null) return;
    for (const other of SPECIAL_PLUGS)
      if ((other.cutOrder ?? cutOrder) < cutOrder) expect(relayKnown(history, other.id)).toBe(false);
  });

  test('the stories do reach cuts, restores, refusals and restarts, in 100,000 steps and more', () => {
    for (const [what, count] of Object.entries(reached)) expect(count, what).toBeGreaterThan(STORIES / 50);
    expect(steps).toBeGreaterThan(25 * STORIES);
  });

  beforeAll(() => {
    fc.assert(
      fc.property(stories, (story) => {
        steps += story.length;
        play(
          story,
          real,
          (seen) => {
            count(seen.command);
            for (const [name, { each }] of checks) if (!broken.has(name)) noting(name, () => each(seen));
          },
          (history, state) => {
            reached.refused += history.filter((entry) => entry.type === 'event' && entry.refused.length > 0).length;
            for (const [name, { atEnd }] of checks) noting(name, () => atEnd?.(history, state));
          },
        );
      }),
      RUNS,
    );
  }, 120_000);
});

function isAsked({ reasons }: Seen['command']): boolean {
  return reasons[0]?.code === 'asked-for';
}

/** The phase after the first `end` entries. */
function phaseAt(history: readonly Entry[], end: number): string {
  const last = history.slice(0, end).findLast((entry) => entry.type === 'event' && entry.event.type === 'session');
  return last?.type === 'event' && last.event.type === 'session' ? last.event.phase : 'standby';
}

function statusAt(history: readonly Entry[], end: number): string {
  return sessionSaid(history.slice(0, end));
}

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
  const { relay, pending } = lastKnown(before, plug);
  return pending === null && relay !== null && relay !== event.relay;
}

function relayKnown(history: readonly Entry[], plug: string): boolean | null {
  const { relay, pending } = lastKnown(history, plug);
  return pending === null ? relay : null;
}

/** The last that was known of its relay, and the command under way. */
function lastKnown(before: readonly Entry[], plug: string): { relay: boolean | null; pending: string | null } {
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
  return { relay, pending };
}

function phaseChangedSince(history: readonly Entry[], index: number): boolean {
  const start = phaseAt(history, index + 1);
  for (let end = index + 2; end <= history.length; end += 1) if (phaseAt(history, end) !== start) return true;
  // A request that failed does not stand: nothing was switched.
  const asked = history[index];
  if (asked?.type === 'event' && asked.event.type === 'request') {
    const command = history.slice(index).find((entry) => entry.type === 'command' && isAsked(entry.command));
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
