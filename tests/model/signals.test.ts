import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionRecord } from '../../model/ports.ts';
import { changePhase, endSession, startSession } from '../../model/session.ts';
import {
  addStream,
  follow,
  merge,
  NEW_SIGNALS,
  nextPlanned,
  type Said,
  type SignalMemory,
  saidOver,
} from '../../model/signals.ts';
import { type Doubt, sourceWords } from '../../model/source-words.ts';

/** What it says of itself plays no part in what follows. */
const DRAWN = sourceWords('not-heard');
const SETTINGS = { endAfterMs: 30_000, endStartedByHand: false };
const says = fc.constantFrom('on', 'off', 'unknown');
/** Its times play no part in what follows for the session. */
const live = (event: string, title: string | null = null) => ({
  ...{ event, title, setupAtMs: 0, startsAtMs: 0, endsAtMs: 0 },
});
const witness = fc
  .record({ name: fc.constantFrom('obs', 'rtmp', 'mediamtx'), trusted: fc.boolean(), says })
  .map((one) => ({ ...one, role: 'witness' as const, detail: DRAWN }));
const plan = fc
  .record({
    says,
    underWay: fc.subarray(['monday', 'tuesday'], { minLength: 1 }).map((days) => days.map((day) => live(day))),
  })
  .map((one) => ({ ...one, name: 'schedule', role: 'plan' as const, trusted: false, detail: DRAWN }));
const sources = fc
  .tuple(fc.uniqueArray(witness, { selector: ({ name }) => name, maxLength: 3 }), fc.option(plan, { nil: null }))
  .map(([witnesses, one]): Said[] => (one ? [...witnesses, one] : witnesses));

describe('what all sources say together', () => {
  test('is on air if any witness says so, and only then', () => {
    fc.assert(
      fc.property(sources, (said) => {
        const any = said.some(({ role, says }) => role === 'witness' && says === 'on');
        expect(merge(said).onAir === 'on').toBe(any);
      }),
    );
  });

  test('is off air only when every trusted witness says off, and one at least says it', () => {
    fc.assert(
      fc.property(sources, (said) => {
        const { onAir } = merge(said);
        if (onAir !== 'off') return;
        const witnesses = said.filter(({ role }) => role === 'witness');
        expect(witnesses.every(({ trusted, says }) => !trusted || says === 'off')).toBe(true);
        expect(witnesses.some(({ says }) => says === 'off')).toBe(true);
      }),
    );
  });

  test('is unknown if a trusted witness is lost and none says on air', () => {
    fc.assert(
      fc.property(sources, (said) => {
        const witnesses = said.filter(({ role }) => role === 'witness');
        if (witnesses.some(({ says }) => says === 'on')) return;
        const lost = witnesses.some(({ trusted, says }) => trusted && says === 'unknown');
        expect(merge(said).onAir === 'unknown').toBe(lost);
      }),
    );
  });

  test('does not depend on the order in which they are listed, nor on any plan', () => {
    fc.assert(
      fc.property(sources, (said) => {
        expect(merge(said.toReversed()).onAir).toBe(merge(said).onAir);
        expect(merge(said.filter(({ role }) => role === 'witness')).onAir).toBe(merge(said).onAir);
      }),
    );
  });
});

/** One session at a time, as the daemon has it: follows what is said until nothing more follows. */
class Studio {
  session: SessionRecord | null = null;
  memory: SignalMemory = NEW_SIGNALS;
  said: Said[] = [];
  nowMs = 1_000_000;
  doubt: Doubt | null = null;
  readonly done: { do: string; by: string; said: Said[]; startedBy: string | null; offForMs: number }[] = [];
  readonly settings: typeof SETTINGS;
  #count = 0;
  #offSinceMs: number | null = null;

  constructor(settings = SETTINGS) {
    this.settings = settings;
  }

  hear(said: Said[]): void {
    this.said = said;
    this.#offSinceMs = merge(said, this.memory.dismissed).onAir === 'off' ? (this.#offSinceMs ?? this.nowMs) : null;
    this.work();
  }

  start(phase: 'setup' | 'live', by: string): void {
    this.#count += 1;
    this.session = startSession({ id: `s${this.#count}`, title: null, phase, by, atMs: this.nowMs });
  }

  endByHand(): void {
    this.memory = saidOver(this.said, this.memory);
    if (this.session) endSession(this.session, 'api', this.nowMs);
    this.session = null;
    this.work();
  }

  work(): void {
    for (let steps = 0; ; steps += 1) {
      if (steps > 5) throw new Error('it never comes to rest');
      const { memory, action, doubt } = follow(this.said, this.session, this.memory, this.settings, this.nowMs);
      this.memory = JSON.parse(JSON.stringify(memory));
      this.doubt = doubt;
      if (!action) return;
      const offForMs = this.#offSinceMs === null ? 0 : this.nowMs - this.#offSinceMs;
      const startedBy = this.session?.startedBy ?? null;
      this.done.push({ do: action.do, by: action.by, said: this.said, startedBy, offForMs });
      if (action.do === 'start') this.start(action.phase, action.by);
      else if (action.do === 'end') this.session = null;
      else if (this.session) this.session = changePhase(this.session, 'live', this.nowMs, 'obs');
    }
  }
}

const obs = (says: Said['says']): Said => ({
  name: 'obs',
  role: 'witness',
  trusted: true,
  says,
  detail: sourceWords('obs-streams'),
});
const schedule = (event: string | null): Said => ({
  ...{ name: 'schedule', role: 'plan', trusted: false, detail: DRAWN },
  ...(event === null ? { says: 'off' as const } : { says: 'on' as const, underWay: [live(event)] }),
});

type Deed = { hear: Said[] } | { pass: number } | { hand: 'start' | 'end' | 'wrap' | 'setup' };
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: sources.map((hear) => ({ hear })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 60_000 }).map((pass) => ({ pass })) },
  { weight: 1, arbitrary: fc.constantFrom('start', 'end', 'wrap', 'setup').map((hand) => ({ hand })) },
) as fc.Arbitrary<Deed>;

function play(deeds: Deed[], studio: Studio, check: (studio: Studio, deed: Deed) => void): void {
  for (const one of deeds) {
    if ('hear' in one) studio.hear(one.hear);
    else if ('pass' in one) {
      studio.nowMs += one.pass;
      studio.work();
    } else if (one.hand === 'end') studio.endByHand();
    else if (one.hand === 'start') {
      if (!studio.session) studio.start('setup', 'api');
      studio.work();
    } else if (studio.session) {
      studio.session = changePhase(studio.session, one.hand, studio.nowMs, 'api');
      studio.work();
    }
    check(studio, one);
  }
}

describe('what follows for the session, over 5,000 random stories', () => {
  const RUNS = { numRuns: 5000 };
  const stories = fc.array(deed, { maxLength: 40 });

  test('the sources end nothing while any witness says on air or a trusted one is lost, and nothing that a person started', () => {
    fc.assert(
      fc.property(stories, (deeds) => {
        const studio = new Studio();
        play(deeds, studio, () => {});
        for (const one of studio.done.filter((action) => action.do === 'end')) {
          const witnesses = one.said.filter(({ role }) => role === 'witness');
          expect(witnesses.some(({ says }) => says === 'on')).toBe(false);
          expect(one.startedBy).not.toBe('api');
          // A plan ends only what it prepared and nobody used; witnesses only after the time to end.
          if (one.by !== 'schedule') expect(one.offForMs).toBeGreaterThanOrEqual(SETTINGS.endAfterMs);
          else expect(one.startedBy).toBe('schedule');
        }
      }),
      RUNS,
    );
  });

  test('between sessions nothing may be cut while a witness says on air, or a trusted one is lost for whom nobody spoke', () => {
    fc.assert(
      fc.property(stories, (deeds) => {
        const studio = new Studio();
        play(deeds, studio, ({ session, said, doubt, memory }) => {
          if (session) return;
          const { onAir } = merge(said, memory.dismissed);
          if (onAir === 'on' || onAir === 'unknown') expect(doubt).not.toBeNull();
        });
      }),
      RUNS,
    );
  });

  test('a plan starts a set-up, once per event, and never ends a live', () => {
    fc.assert(
      fc.property(stories, (deeds) => {
        const studio = new Studio();
        play(deeds, studio, () => {});
        for (const { do: what, by, startedBy } of studio.done.filter(({ by }) => by === 'schedule'))
          expect([what, by === startedBy || startedBy === null]).toEqual([what === 'end' ? 'end' : 'start', true]);
      }),
      RUNS,
    );
  });
});

describe('the session follows', () => {
  test('OBS: starts live with it, ends a while after it', () => {
    const studio = new Studio();
    studio.hear([obs('off')]);
    expect(studio.session).toBeNull();
    studio.hear([obs('on')]);
    expect(studio.session).toMatchObject({ startedBy: 'obs', phases: [{ phase: 'live' }] });
    studio.hear([obs('off')]);
    studio.nowMs += 29_999;
    studio.work();
    expect(studio.session).not.toBeNull();
    studio.nowMs += 1;
    studio.work();
    expect(studio).toMatchObject({ session: null, doubt: null });
  });

  test('a stream that is over before its session is on the disk ends it all the same', () => {
    const began = follow([obs('on')], null, NEW_SIGNALS, SETTINGS, 0);
    expect(began.action).toMatchObject({ do: 'start', by: 'obs' });
    const session = startSession({ id: 's', title: null, phase: 'live', by: 'obs', atMs: 0 });
    const off = follow([obs('off')], session, began.memory, SETTINGS, 1000);
    expect(off.againAtMs).toBe(31_000);
    expect(follow([obs('off')], session, off.memory, SETTINGS, 31_000).action).toEqual({ do: 'end', by: 'obs' });
  });

  test('a stream that is back in time goes on in the same session', () => {
    const studio = new Studio();
    studio.hear([obs('on')]);
    studio.hear([obs('off')]);
    studio.nowMs += 20_000;
    studio.hear([obs('on')]);
    studio.nowMs += 60_000;
    studio.work();
    expect(studio.session).toMatchObject({ id: 's1', phases: [{ phase: 'live' }] });
  });

  test('a lost OBS ends nothing, however long; and between sessions nothing may be cut', () => {
    const studio = new Studio();
    studio.hear([obs('on')]);
    studio.hear([obs('unknown')]);
    studio.nowMs += 86_400_000;
    studio.work();
    expect(studio.session).not.toBeNull();
    studio.endByHand();
    expect(studio).toMatchObject({ session: null, doubt: null });
    studio.hear([obs('off')]);
    studio.hear([obs('unknown')]);
    expect(studio.doubt?.text).toContain('not known whether a live runs. obs');
  });

  test('a set-up begun by hand goes live with OBS and stays until ended by hand, unless configured', () => {
    for (const endStartedByHand of [false, true]) {
      const studio = new Studio({ ...SETTINGS, endStartedByHand });
      studio.hear([obs('off')]);
      studio.start('setup', 'api');
      studio.nowMs += 3_600_000;
      studio.work();
      expect(studio.session).not.toBeNull();
      studio.hear([obs('on')]);
      expect(studio.session).toMatchObject({ startedBy: 'api', phases: [{ phase: 'setup' }, { phase: 'live' }] });
      studio.hear([obs('off')]);
      studio.nowMs += 3_600_000;
      studio.work();
      expect(studio.session === null).toBe(endStartedByHand);
    }
  });

  test('a live ended by hand while OBS still streams is not begun again, and nothing is cut until OBS stops', () => {
    const studio = new Studio();
    studio.hear([obs('on')]);
    studio.endByHand();
    expect(studio).toMatchObject({
      session: null,
      doubt: { code: 'doubt-on-air', text: 'nothing is cut: obs says on air: OBS streams' },
    });
    studio.hear([obs('off')]);
    expect(studio.doubt).toBeNull();
    studio.hear([obs('on')]);
    expect(studio.session?.id).toBe('s2');
  });

  test('a phase chosen by hand stands while OBS streams on', () => {
    const studio = new Studio();
    studio.hear([obs('on')]);
    if (studio.session) studio.session = changePhase(studio.session, 'wrap', studio.nowMs, 'api');
    studio.hear([{ ...obs('on'), detail: sourceWords('obs-reconnects') }]);
    expect(studio.session?.phases.at(-1)?.phase).toBe('wrap');
  });

  test('a plan prepares a set-up once, keeps what is on, and ends it when nobody used it', () => {
    const studio = new Studio();
    studio.hear([obs('off'), schedule('monday 20:00')]);
    expect(studio.session).toMatchObject({ startedBy: 'schedule', phases: [{ phase: 'setup' }] });
    studio.hear([obs('off'), schedule(null)]);
    expect(studio.session).toBeNull();
    studio.hear([obs('off'), schedule('tuesday 20:00')]);
    studio.hear([obs('on'), schedule('tuesday 20:00')]);
    expect(studio.session?.phases.at(-1)?.phase).toBe('live');
    studio.hear([obs('on'), schedule(null)]);
    expect(studio.session).not.toBeNull();
  });

  test('within its time a plan keeps what is on after the stream, but not after a person said that it is over', () => {
    const studio = new Studio();
    studio.hear([obs('on'), schedule('monday 20:00')]);
    studio.hear([obs('off'), schedule('monday 20:00')]);
    studio.nowMs += 30_000;
    studio.work();
    expect(studio).toMatchObject({
      session: null,
      doubt: { code: 'doubt-planned', data: { source: 'schedule', titles: 'monday 20:00' } },
    });
    studio.endByHand();
    expect(studio).toMatchObject({ session: null, doubt: null });
  });
});

describe('what several lives of one plan mean', () => {
  const calendar = (...underWay: ReturnType<typeof live>[]): Said => ({
    ...{ name: 'calendar', role: 'plan', trusted: false, detail: DRAWN },
    ...{ says: underWay.length > 0 ? 'on' : 'off', underWay },
  });

  test('one ended by hand is not begun again when another one within it is over', () => {
    const studio = new Studio();
    studio.hear([calendar(live('long'))]);
    studio.endByHand();
    studio.hear([calendar(live('long'), live('short'))]);
    expect(studio.session?.id).toBe('s2');
    studio.endByHand();
    studio.hear([calendar(live('long'))]);
    expect(studio).toMatchObject({ session: null, doubt: null });
  });

  test('the session is called what the plan calls it, also when the stream begins it', () => {
    const { action } = follow([calendar(live('a', 'Matinale'))], null, NEW_SIGNALS, SETTINGS, 0);
    expect(action).toMatchObject({ do: 'start', phase: 'setup', by: 'calendar', title: 'Matinale' });
    const taken = { ...NEW_SIGNALS, taken: ['a'] };
    const byObs = follow([obs('on'), calendar(live('a', 'Matinale'))], null, taken, SETTINGS, 0);
    expect(byObs.action).toMatchObject({ do: 'start', phase: 'live', by: 'obs', title: 'Matinale' });
  });

  test('the next one is the first of all plans that has not begun and that nobody has ended', () => {
    const plan = (name: string, event: string, startsAtMs: number): Said => ({
      ...{ name, role: 'plan', trusted: false, says: 'off', detail: DRAWN },
      coming: [{ ...live(event), startsAtMs }],
    });
    const said = [plan('schedule', 'late', 300), plan('calendar', 'soon', 200), obs('off')];
    expect(nextPlanned(said, NEW_SIGNALS, 100)).toMatchObject({ event: 'soon', source: 'calendar' });
    expect(nextPlanned(said, NEW_SIGNALS, 250)?.event).toBe('late');
    expect(nextPlanned(said, { ...NEW_SIGNALS, over: ['soon'] }, 100)?.event).toBe('late');
    expect(nextPlanned([obs('on')], NEW_SIGNALS, 100)).toBeNull();
  });
});

describe('a hint', () => {
  const hint = (says: Said['says'], decides: boolean): Said => ({
    ...{
      name: 'encoder-watts',
      role: 'hint',
      trusted: false,
      decides,
      says,
      detail: sourceWords('encoder-unheard', { plug: 'pc' }),
    },
  });
  const anyHint = fc.tuple(says, fc.boolean()).map(([what, decides]) => hint(what, decides));

  test('changes nothing of what the witnesses say, and without the right to decide nothing at all', () => {
    fc.assert(
      fc.property(sources, anyHint, (said, one) => {
        const alone = merge(said);
        const { onAir } = merge([one, ...said]);
        if (alone.onAir !== 'silent' || !one.decides || one.says === 'unknown') expect(onAir).toBe(alone.onAir);
        else expect(onAir).toBe(one.says);
      }),
    );
  });

  test('never begins or ends what a witness contradicts, over 5,000 random stories', () => {
    const withHint = fc.tuple(sources, anyHint).map(([said, one]): Deed => ({ hear: [...said, one] }));
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: withHint }, deed), { maxLength: 40 }), (deeds) => {
        const studio = new Studio();
        play(deeds, studio, () => {});
        for (const one of studio.done.filter(({ by }) => by === 'encoder-watts')) {
          const witnesses = one.said.filter(({ role }) => role === 'witness');
          expect(witnesses.some(({ says }) => says === 'on' || (says === 'off' && one.do !== 'end'))).toBe(false);
          expect(one.said.find(({ name }) => name === one.by)?.decides).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('keeps what is on from being cut while it suspects a live, whatever the witnesses say', () => {
    fc.assert(
      fc.property(sources, fc.boolean(), (said, decides) => {
        const { doubt } = follow([...said, hint('on', decides)], null, NEW_SIGNALS, SETTINGS, 0);
        expect(doubt).not.toBeNull();
      }),
    );
  });

  test('that may decide begins and ends a live where nobody else can tell', () => {
    const studio = new Studio();
    studio.hear([hint('on', true)]);
    expect(studio.session).toMatchObject({ startedBy: 'encoder-watts', phases: [{ phase: 'live' }] });
    studio.hear([hint('off', true)]);
    studio.nowMs += 30_000;
    studio.work();
    expect(studio.session).toBeNull();
    studio.hear([hint('on', false)]);
    expect(studio).toMatchObject({
      session: null,
      doubt: { code: 'doubt-suspected', data: { detailCode: 'encoder-unheard', plug: 'pc' } },
    });
  });
});

describe('what an encoder has sent', () => {
  const totals = (sentBytes: number, totalFrames: number, droppedFrames: number) => ({
    ...{ sentBytes, totalFrames, droppedFrames },
  });
  test('adds up over outputs that begin again', () => {
    let total = addStream(totals(0, 0, 0), null, totals(1000, 50, 2));
    total = addStream(total, totals(1000, 50, 2), totals(1500, 75, 2));
    total = addStream(total, totals(1500, 75, 2), totals(200, 10, 1));
    expect(total).toEqual(totals(1700, 85, 3));
  });
});
