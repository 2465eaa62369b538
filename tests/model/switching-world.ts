import fc from 'fast-check';
import type { PlugSpec } from '../../model/plug.ts';
import { decide } from '../../model/policy.ts';
import { observe } from '../../model/policy-events.ts';
import { adopt } from '../../model/policy-memory.ts';
import type { Reason } from '../../model/policy-reasons.ts';
import {
  type Command,
  NEW_POLICY,
  type PolicyEvent,
  type PolicyState,
  type ShutdownOrder,
  type ShutdownOutcome,
  type Studio,
} from '../../model/policy-state.ts';
import { COMMAND_OUTCOMES, type Phase, SESSION_PHASES } from '../../model/ports.ts';

/** A step of a random story: some time passes, then something happens. */
export interface Step {
  afterMs: number;
  what: /** Times of a hold and of a plan count from now. */
    | { type: 'event'; event: PolicyEvent }
    /** The oldest command under way ends like this. */
    | { type: 'outcome'; outcome: (typeof COMMAND_OUTCOMES)[number]; relay: boolean | null }
    /** The oldest shutdown under way ends like this. */
    | { type: 'shutdown-outcome'; outcome: ShutdownOutcome }
    /** The daemon stops and starts; what it kept is read back from JSON. */
    | { type: 'restart'; wallStepMs: number };
}

const plug = (id: string, more: Partial<PlugSpec>): PlugSpec => ({
  id,
  name: id,
  kind: 'other',
  essential: false,
  idleWatts: 5,
  quietSeconds: 60,
  minOnSeconds: 90,
  minOffSeconds: 20,
  maxWatts: 3680,
  staleAfterMs: 60_000,
  ...more,
});

export const PLUGS: PlugSpec[] = [
  plug('camera', { essential: true, idleWatts: null }),
  plug('light', { idleWatts: null, minOnSeconds: 30 }),
  plug('monitor', {}),
  plug('pc', { quietSeconds: 200, idleWatts: 12 }),
];

/** Plugs of which something special is asked, beside the plain ones. */
export const SPECIAL_PLUGS: PlugSpec[] = [
  ...PLUGS,
  plug('graphics', { idleWatts: 13, offWatts: 5, canShutDown: true, cutOrder: 1, restoreOrder: 2 }),
  plug('screens', { idleWatts: null, cutOrder: 2, restoreOrder: 1, inrushSeconds: 5, minOnSeconds: 30 }),
  plug('confidence', { poweredIn: ['live'], minOnSeconds: 30 }),
  plug('projector', { coolDownSeconds: 150, poweredIn: ['rehearsal', 'live'], inrushSeconds: 1 }),
];

export const studioWith = (dryRun: boolean, plugs: PlugSpec[] = PLUGS): Studio => ({
  plugs,
  settings: {
    dryRun,
    graceMs: 45_000,
    staggerMs: 2000,
    maxSwitchesPerHour: 4,
    commandTtlMs: 30_000,
    maxAttempts: 3,
    leadMs: 60_000,
  },
});

const plugId = fc.constantFrom(...SPECIAL_PLUGS.map(({ id }) => id));
const running = fc
  .constantFrom(...SESSION_PHASES)
  .map((phase) => ({ status: 'running' as const, phase: phase as Phase }));
const sessionEvent = fc
  .oneof(
    { weight: 3, arbitrary: running },
    { weight: 4, arbitrary: fc.constant({ status: 'none' as const, phase: 'standby' as Phase }) },
    { weight: 1, arbitrary: fc.constant({ status: 'unknown' as const, phase: 'standby' as Phase }) },
  )
  .map((session): PolicyEvent => ({ type: 'session', ...session }));

const reading = fc
  .record({
    plug: plugId,
    watts: fc.oneof(fc.constantFrom(0, 1, 4.9, 5, 5.1, 13, 80, null), fc.double({ min: 0, max: 300, noNaN: true })),
    relay: fc.oneof(
      { weight: 6, arbitrary: fc.constant(true) },
      { weight: 2, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
  })
  .map((event): PolicyEvent => ({ type: 'reading', ...event }));

/** Everything is quiet and heard of: makes cuts likely enough to be worth checking. */
const allQuiet = fc
  .constantFrom(true, false)
  .map((relay): PolicyEvent[] => [
    ...SPECIAL_PLUGS.map(({ id }) => ({ type: 'reading' as const, plug: id, watts: relay ? 1 : 0, relay })),
    { type: 'tick' },
  ]);

const event = fc.oneof(
  { weight: 3, arbitrary: sessionEvent },
  { weight: 5, arbitrary: reading },
  { weight: 4, arbitrary: fc.constant<PolicyEvent>({ type: 'tick' }) },
  { weight: 1, arbitrary: plugId.map((id): PolicyEvent => ({ type: 'offline', plug: id })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(plugId, fc.constantFrom('on' as const, 'off' as const))
      .map(([id, power]): PolicyEvent => ({ type: 'request', plug: id, power, by: 'api' })),
  },
  { weight: 1, arbitrary: wish() },
);

/** What a person may want beside, and what a plan announces. */
function wish(): fc.Arbitrary<PolicyEvent> {
  const length = fc.constantFrom(20_000, 100_000, 900_000);
  return fc.oneof(
    length.map((untilMs): PolicyEvent => ({ type: 'hold', untilMs, by: 'desk' })),
    fc.constant<PolicyEvent>({ type: 'hold', untilMs: null, by: 'desk' }),
    fc
      .subarray(SPECIAL_PLUGS.map(({ id }) => id))
      .map((plugs): PolicyEvent => ({ type: 'cut-now', plugs, by: 'desk' })),
    plugId.map((id): PolicyEvent => ({ type: 'release', plug: id })),
    fc
      .tuple(length, length)
      .map(([setupAtMs, more]): PolicyEvent => ({ type: 'plan', next: { setupAtMs, startsAtMs: setupAtMs + more } })),
    fc.constant<PolicyEvent>({ type: 'plan', next: null }),
  );
}

const step: fc.Arbitrary<Step[]> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1000, 10_000, 30_000, 59_000, 61_000, 300_000), event)
      .map(([afterMs, e]) => [{ afterMs, what: { type: 'event' as const, event: e } }]),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(5000, 20_000, 50_000), allQuiet)
      .map(([afterMs, events]) =>
        events.map((e, index) => ({ afterMs: index === 0 ? afterMs : 0, what: { type: 'event' as const, event: e } })),
      ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 900, 8000), fc.constantFrom(...COMMAND_OUTCOMES), fc.constantFrom(true, false, null))
      .map(([afterMs, outcome, relay]) => [{ afterMs, what: { type: 'outcome' as const, outcome, relay } }]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(0, 900, 8000),
        fc.constantFrom<ShutdownOutcome>('asked', 'asked', 'failed', 'refused', 'dry-run'),
      )
      .map(([afterMs, outcome]) => [{ afterMs, what: { type: 'shutdown-outcome' as const, outcome } }]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(1000, 60_000, 4_000_000), fc.constantFrom(0, 0, -600_000, 3_600_000))
      .map(([afterMs, wallStepMs]) => [{ afterMs, what: { type: 'restart' as const, wallStepMs } }]),
  },
);

const cutAllNow: PolicyEvent = { type: 'cut-now', plugs: SPECIAL_PLUGS.map(({ id }) => id), by: 'desk' };

/** A live that ends, and the quiet after it: where cuts come from. What goes wrong in between is up to the other steps. */
const liveAndAfter: fc.Arbitrary<Step[]> = fc
  .tuple(
    running,
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom(20_000, 40_000, 59_000),
    fc.constantFrom(1, 12),
    fc.constantFrom(false, false, true),
  )
  .map(([session, rounds, everyMs, graphicsWatts, now]): [afterMs: number, PolicyEvent][] => [
    [1000, { type: 'session', ...session }],
    [60_000, { type: 'session', status: 'none', phase: 'standby' }],
    ...(now ? [[0, cutAllNow] as [number, PolicyEvent]] : []),
    ...Array.from({ length: rounds }, () => [
      ...SPECIAL_PLUGS.map(({ id }, index): [number, PolicyEvent] => [
        index === 0 ? everyMs : 0,
        { type: 'reading', plug: id, watts: id === 'graphics' ? graphicsWatts : 1, relay: null },
      ]),
      [0, { type: 'tick' }] as [number, PolicyEvent],
    ]).flat(),
  ])
  .map((events) => events.map(([afterMs, event]) => ({ afterMs, what: { type: 'event', event } })));

export const stories: fc.Arbitrary<Step[]> = fc
  .array(fc.oneof({ weight: 9, arbitrary: step }, { weight: 1, arbitrary: liveAndAfter }), {
    minLength: 10,
    maxLength: 60,
    size: 'max',
  })
  .map((steps) => steps.flat());

/** What an onlooker wrote down before a command was issued: independent of the policy's own state. */
export interface Seen {
  nowMs: number;
  trueMs: number;
  command: Command | ShutdownOrder;
  history: readonly Entry[];
  /** Index into `history` of the event that led to it. */
  at: number;
}
/** `saidAtMs` is what the clock said, `atMs` the same but never ahead of now, `trueMs` is time that really passed. */
export type Entry = { atMs: number; saidAtMs: number; trueMs: number } & EntryWhat;
type EntryWhat =
  | { type: 'event'; event: PolicyEvent; refused: Reason[] }
  | { type: 'command'; command: Command }
  | { type: 'shutdown'; command: ShutdownOrder }
  | { type: 'shutdown-outcome'; command: ShutdownOrder; outcome: ShutdownOutcome }
  | { type: 'outcome'; command: Command; outcome: string; relay: boolean | null }
  | { type: 'restart' };

function fromNow(event: PolicyEvent, nowMs: number): PolicyEvent {
  if (event.type === 'hold' && event.untilMs !== null) return { ...event, untilMs: nowMs + event.untilMs };
  if (event.type !== 'plan' || !event.next) return event;
  const { setupAtMs, startsAtMs } = event.next;
  return { type: 'plan', next: { setupAtMs: nowMs + setupAtMs, startsAtMs: nowMs + startsAtMs } };
}

/** Plays a story and calls `check` for each command that is issued, with everything that was seen before it. */
export function play(
  story: readonly Step[],
  studio: Studio,
  check: (seen: Seen) => void,
  atEnd: (history: readonly Entry[], state: PolicyState) => void = () => {},
): void {
  let state: PolicyState = NEW_POLICY;
  let nowMs = 1_800_000_000_000;
  let trueMs = 0;
  const history: Entry[] = [];
  const note = (what: EntryWhat) => history.push({ atMs: nowMs, saidAtMs: nowMs, trueMs, ...what });
  let open: Command[] = [];
  let told: ShutdownOrder[] = [];

  const feed = (event: PolicyEvent) => {
    // Readings are noted, and decided on with the next event.
    if (event.type === 'reading') {
      state = observe(studio, state, event, nowMs);
      note({ type: 'event', event, refused: [] });
      return;
    }
    const decision = decide(studio, state, event, nowMs);
    state = decision.state;
    const at = history.length;
    if (event.type !== 'outcome' && event.type !== 'shutdown-outcome')
      note({ type: 'event', event, refused: decision.refused });
    for (const command of decision.commands) {
      check({ nowMs, trueMs, command, history: [...history], at });
      note({ type: 'command', command });
      open.push(command);
    }
    for (const command of decision.shutdowns) {
      check({ nowMs, trueMs, command, history: [...history], at });
      note({ type: 'shutdown', command });
      told.push(command);
    }
  };

  for (const { afterMs, what } of story) {
    nowMs += afterMs;
    trueMs += afterMs;
    if (what.type === 'event') feed(fromNow(what.event, nowMs));
    else if (what.type === 'restart') {
      nowMs += what.wallStepMs;
      state = adopt(JSON.parse(JSON.stringify(state)) as PolicyState, nowMs);
      open = [];
      told = [];
      // Nobody can tell how long ago a moment was that now lies in the future: at least no longer ago than now.
      for (const entry of history) entry.atMs = Math.min(entry.atMs, nowMs);
      note({ type: 'restart' });
    } else if (what.type === 'shutdown-outcome') {
      const command = told.shift();
      if (!command) continue;
      const outcome = command.dryRun ? 'dry-run' : what.outcome === 'dry-run' ? 'failed' : what.outcome;
      note({ type: 'shutdown-outcome', command, outcome });
      feed({ type: 'shutdown-outcome', orderId: command.id, plug: command.plug, outcome, detail: 'told' });
    } else {
      const command = open.shift();
      if (!command) continue;
      const outcome = command.dryRun ? 'dry-run' : what.outcome === 'dry-run' ? 'unknown' : what.outcome;
      const relay = outcome === 'verified' ? command.to === 'on' : outcome === 'dry-run' ? null : what.relay;
      note({ type: 'outcome', command, outcome, relay });
      feed({ type: 'outcome', commandId: command.id, plug: command.plug, outcome, relay, detail: 'told' });
    }
  }
  atEnd(history, state);
}
