import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { execute } from '../../daemon/switcher.ts';
import type { Clock } from '../../model/clock.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { Command } from '../../model/policy-state.ts';
import type { PlugDevice } from '../../model/ports.ts';

const RUNS = { numRuns: 10_000 };
const MAC = 'AABBCCDDEEFF';
const log = pino({ level: 'silent' });

/** Time passes only by waiting. */
function waitingClock(): Clock & { pass(ms: number): void } {
  let ms = 0;
  return {
    nowMs: () => ms,
    monotonicMs: () => ms,
    after: () => () => {},
    sleep: async (delayMs) => {
      ms += delayMs;
    },
    pass: (more) => {
      ms += more;
    },
  };
}

const trouble = fc.constantFrom<'ok' | 'unreachable' | 'garbage'>('ok', 'ok', 'unreachable', 'garbage');
/** A plug that may be someone else, answer late or never, obey without saying so or say so without obeying. */
const behaviour = fc.record({
  identities: fc.array(fc.tuple(trouble, fc.constantFrom(MAC, MAC, '112233445566')), { minLength: 1, maxLength: 3 }),
  switches: fc.array(fc.record({ answer: trouble, obeys: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  reads: fc.array(fc.record({ answer: trouble, watts: fc.constantFrom(0, 1, 60, null) }), {
    minLength: 1,
    maxLength: 6,
  }),
  slownessMs: fc.constantFrom(0, 10, 4000, 20_000),
  /** How long a command waits in the adapter. */
  queuedMs: fc.constantFrom(0, 0, 500, 6000),
  startsOn: fc.boolean(),
  to: fc.constantFrom('on' as const, 'off' as const),
  dryRun: fc.constantFrom(false, false, false, true),
  expiresInMs: fc.constantFrom(-1, 0, 5000, 30_000),
  liveBeginsAtMs: fc.constantFrom(Number.POSITIVE_INFINITY, 0, 1, 1500, 9000),
});

type Behaviour = typeof behaviour extends fc.Arbitrary<infer T> ? T : never;

async function carryOut(b: Behaviour) {
  const clock = waitingClock();
  let on = b.startsOn;
  const calls = { identity: 0, switches: [] as { atMs: number; identity: string | null }[], reads: 0 };
  let lastIdentity: string | null = null;
  let lastRead: { relay: boolean; watts: number | null } | null = null;
  const answer = (what: 'ok' | 'unreachable' | 'garbage') => {
    clock.pass(b.slownessMs);
    if (what === 'unreachable') throw new PlugUnreachable('away');
    if (what === 'garbage') throw new PlugProtocolError('garbage');
  };
  const pick = <T>(list: readonly T[], index: number): T => list[Math.min(index, list.length - 1)] as T;
  const device: PlugDevice = {
    plug: 'light',
    adapter: 'told',
    pollMs: 10_000,
    expectedMac: MAC,
    start: async () => {},
    stop: async () => {},
    relay: {
      async identity() {
        const [what, mac] = pick(b.identities, calls.identity++);
        lastIdentity = null;
        answer(what);
        lastIdentity = mac;
        return mac;
      },
      async switchTo(to, expiresAtMs, stillWanted) {
        await clock.sleep(b.queuedMs);
        if (clock.monotonicMs() >= expiresAtMs || stillWanted?.() === false) throw new CommandExpired('too late');
        const { answer: what, obeys } = pick(b.switches, calls.switches.length);
        calls.switches.push({ atMs: clock.monotonicMs(), identity: lastIdentity });
        if (obeys) on = to;
        answer(what);
      },
    },
    async read() {
      const { answer: what, watts } = pick(b.reads, calls.reads++);
      answer(what);
      lastRead = { relay: on, watts };
      const rest = { volts: null, amps: null, celsius: null, counterWh: null, flags: [], feed: 'polled' as const };
      return { plug: 'light', atMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), watts, relay: on, ...rest };
    },
  };
  const command: Command = {
    id: '1',
    plug: 'light',
    to: b.to,
    reasons: [],
    by: 'policy',
    source: null,
    wattsBefore: null,
    issuedAtMs: 0,
    expiresAtMs: b.expiresInMs,
    dryRun: b.dryRun,
  };
  const result = await execute(command, b.expiresInMs, {
    clock,
    log,
    device: () => device,
    onReading: () => {},
    stillWanted: () => clock.monotonicMs() < b.liveBeginsAtMs,
  });
  return {
    result,
    calls,
    on,
    lastRead: lastRead as { relay: boolean; watts: number | null } | null,
    tookMs: clock.monotonicMs(),
  };
}

const always = (check: (b: Behaviour, seen: Awaited<ReturnType<typeof carryOut>>) => void) =>
  fc.assert(
    fc.asyncProperty(behaviour, async (b) => check(b, await carryOut(b))),
    RUNS,
  );

describe('carrying out a command, over 10,000 random plugs each', () => {
  test('4: verified means that the plug was read back and its watts agree; unknown stays unknown; attempts are few', () =>
    always((b, { result, calls, lastRead }) => {
      if (result.outcome === 'verified') {
        expect(lastRead?.relay).toBe(b.to === 'on');
        if (b.to === 'off') expect(lastRead?.watts).toBeLessThanOrEqual(2);
      }
      if (!lastRead) expect(result.relay).toBeNull();
      expect(calls.switches.length).toBeLessThanOrEqual(2);
      expect(calls.reads).toBeLessThanOrEqual(10);
    }));

  test('7 and 8: a dry run never touches the plug', () =>
    always((b, { calls, on }) => {
      if (!b.dryRun) return;
      expect(calls).toEqual({ identity: 0, switches: [], reads: 0 });
      expect(on).toBe(b.startsOn);
    }));

  test('9: nothing is sent after the expiry', () =>
    always((b, { calls, result }) => {
      for (const { atMs } of calls.switches) expect(atMs).toBeLessThan(b.expiresInMs);
      if (result.outcome === 'expired') expect(calls.switches).toEqual([]);
    }));

  test('2: nothing is sent once it is no longer wanted: a live began after the decision', () =>
    always((b, { calls }) => {
      for (const { atMs } of calls.switches) expect(atMs).toBeLessThan(b.liveBeginsAtMs);
    }));

  test('10: nothing is sent to a plug that did not just say who it is, or is another', () =>
    always((_b, { calls }) => {
      for (const { identity } of calls.switches) expect(identity).toBe(MAC);
    }));
});
