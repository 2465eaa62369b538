import { describe, expect, test } from 'vitest';
import { decide, mayStillBeCut, preview, previewIfEnded } from '../../model/policy.ts';
import { adopt, withoutMemory } from '../../model/policy-memory.ts';
import {
  type Command,
  NEW_POLICY,
  type PolicyEvent,
  type PolicyState,
  type ShutdownOrder,
} from '../../model/policy-state.ts';
import type { CommandOutcome } from '../../model/ports.ts';
import { PLUGS, SPECIAL_PLUGS, studioWith } from './switching-world.ts';

const studio = studioWith(false);
const T0 = 1_800_000_000_000;

/** A studio told what happens, second by second. */
class Story {
  readonly studio = studio;
  readonly shutdowns: ShutdownOrder[] = [];
  state: PolicyState;
  nowMs = T0;
  readonly commands: Command[] = [];

  constructor(state: PolicyState = NEW_POLICY) {
    this.state = state;
  }

  event(event: PolicyEvent): string[] {
    const decision = decide(this.studio, this.state, event, this.nowMs);
    this.state = decision.state;
    this.commands.push(...decision.commands);
    this.shutdowns.push(...decision.shutdowns);
    return decision.refused.map(({ text }) => text);
  }

  session(status: 'running' | 'none', phase: 'live' | 'standby' = status === 'running' ? 'live' : 'standby'): this {
    this.event({ type: 'session', status, phase });
    return this;
  }

  /** Lets `seconds` pass with a reading of every plug each ten; `relay` says who is on. */
  pass(seconds: number, relay: (plug: string) => boolean = () => true): this {
    for (let s = 0; s < seconds; s += 1) {
      this.nowMs += 1000;
      if (s % 10 === 0)
        for (const { id } of this.studio.plugs)
          this.event({ type: 'reading', plug: id, watts: relay(id) ? 1 : 0, relay: relay(id) });
      this.event({ type: 'tick' });
    }
    return this;
  }

  answer(outcome: CommandOutcome, relay: boolean | null): this {
    for (const { id, plug } of this.commands.splice(0))
      this.event({ type: 'outcome', commandId: id, plug, outcome, relay, detail: 'told' });
    return this;
  }

  sent(): string[] {
    return this.commands.map(({ plug, to }) => `${plug} ${to}`);
  }
}

const cutStudio = () => new Story().session('running').pass(100).session('none').pass(300).answer('verified', false);

describe('an evening of lives', () => {
  test('after the live and the grace period what is idle is cut, and the next live has it again, one after the other', () => {
    const story = new Story().session('running').pass(100).session('none').pass(44);
    expect(story.sent()).toEqual([]);
    story.pass(260);
    expect(story.sent().sort()).toEqual(['light off', 'monitor off', 'pc off']);
    story.answer('verified', false).pass(60, () => false);
    story.session('running').pass(1, () => false);
    expect(story.sent()).toEqual(['light on']);
    story.pass(5, () => false);
    expect(story.sent()).toEqual(['light on', 'monitor on', 'pc on']);
  });

  test('a plug that does not obey at the start of the live is tried again and again, ever more seldom, with an alarm', () => {
    const story = cutStudio()
      .session('running')
      .pass(1, () => false);
    let tries = 0;
    for (let s = 0; s < 600; s += 1) {
      tries += story.commands.length;
      story.answer('failed', null).pass(1, () => false);
    }
    expect(tries / 3).toBeGreaterThan(8);
    expect(tries / 3).toBeLessThan(16);
    expect(story.state.plugs.light?.alarm).toContain('look at the plug');
    for (let s = 0; s < 70; s += 1) story.answer('verified', true).pass(1, (plug) => plug !== 'x');
    expect(story.state.plugs.light).toMatchObject({ alarm: null, cutByOffair: false, relay: true });
  });

  test('a plug that trips is not switched on against that, in no phase; once it reports no fault it is restored', () => {
    const story = cutStudio();
    const dark = (tripped: boolean, seconds: number) => {
      for (let s = 0; s < seconds; s += 1) {
        story.nowMs += 1000;
        for (const { id } of PLUGS)
          story.event({ type: 'reading', plug: id, watts: 0, relay: false, tripped: tripped && id === 'light' });
        story.event({ type: 'tick' });
      }
    };
    dark(true, 1);
    story.session('running');
    dark(true, 60);
    expect(story.sent().sort()).toEqual(['monitor on', 'pc on']);
    story.commands.splice(0);
    story.event({ type: 'session', status: 'running', phase: 'wrap' });
    dark(true, 600);
    expect(story.sent().filter((sent) => sent.startsWith('light'))).toEqual([]);
    expect(preview(studio, story.state, story.nowMs).find(({ plug }) => plug === 'light')?.reasons[0]?.text).toContain(
      'protects itself',
    );
    dark(false, 10);
    expect(story.sent()).toContain('light on');
  });

  test('a plug that was on and trips during the live stays as it is, and a person may switch it on', () => {
    const story = new Story().session('running').pass(100);
    for (const phase of ['live', 'wrap'] as const) {
      story.event({ type: 'session', status: 'running', phase });
      for (let s = 0; s < 100; s += 1) {
        story.nowMs += 1000;
        story.event({ type: 'reading', plug: 'light', watts: 0, relay: false, tripped: true });
      }
    }
    expect(story.sent()).toEqual([]);
    expect(story.event({ type: 'request', plug: 'light', power: 'on', by: 'api' })).toEqual([]);
    expect(story.sent()).toEqual(['light on']);
  });

  test('a cut that fails three times is left alone for this phase', () => {
    const story = new Story().session('running').pass(100).session('none').pass(300);
    for (let s = 0; s < 100; s += 1) story.answer('failed', true).pass(1);
    expect(story.sent()).toEqual([]);
    expect(preview(studio, story.state, story.nowMs).find(({ plug }) => plug === 'light')?.reasons[0]?.text).toContain(
      '3 attempts',
    );
  });

  test('no number of rehearsals keeps a live dark: the cap binds cuts, not restores', () => {
    const story = new Story();
    for (let round = 0; round < 6; round += 1) {
      story.session('running').pass(100).answer('verified', true).pass(30);
      story
        .session('none')
        .pass(240)
        .answer('verified', false)
        .pass(20, (id) => story.state.plugs[id]?.relay ?? true);
    }
    story
      .session('running')
      .pass(30, (id) => story.state.plugs[id]?.relay ?? true)
      .answer('verified', true)
      .pass(1);
    for (const { id, essential } of PLUGS) if (!essential) expect(story.state.plugs[id]?.relay, id).toBe(true);
  });
});

/** A studio with plugs of which something special is asked. */
class SpecialStory extends Story {
  override readonly studio = studioWith(false, SPECIAL_PLUGS);
  intentOf(plug: string) {
    return preview(this.studio, this.state, this.nowMs).find((intent) => intent.plug === plug);
  }
  why(plug: string): string | undefined {
    return this.intentOf(plug)
      ?.reasons.map(({ code }) => code)
      .join();
  }
}
const afterLive = () => new SpecialStory().session('running').pass(100).session('none');
/** Everything is cut and reads as off. */
const allCut = () => {
  const story = afterLive();
  for (let s = 0; s < 30; s += 1)
    story.pass(10, (plug) => story.state.plugs[plug]?.relay ?? true).answer('verified', false);
  return story;
};

describe('what may be asked of a plug', () => {
  test('a monitor that is powered only in the live is restored when the live begins, not in the set-up', () => {
    const story = allCut();
    expect(story.state.plugs.confidence?.relay).toBe(false);
    story.event({ type: 'session', status: 'running', phase: 'setup' });
    story.pass(30, () => false);
    expect(story.sent()).not.toContain('confidence on');
    expect(story.why('confidence')).toBe('not-in-phase');
    story.event({ type: 'session', status: 'running', phase: 'live' });
    story.pass(30, () => false);
    expect(story.sent()).toContain('confidence on');
  });

  test('in a phase that does not need it nothing is cut: it stays on until the session ends', () => {
    const story = new SpecialStory().session('running').pass(100);
    story.event({ type: 'session', status: 'running', phase: 'wrap' });
    story.pass(600);
    expect(story.sent()).toEqual([]);
    expect(story.why('confidence')).toBe('session-runs');
  });

  test('restores go in their order, and the next one waits for the inrush of the last', () => {
    const story = allCut().session('running');
    const atSeconds: Record<string, number> = {};
    for (let s = 0; s <= 20; s += 1) {
      for (const sent of story.sent()) atSeconds[sent] ??= s;
      story.pass(1, () => false);
    }
    expect(Object.keys(atSeconds).slice(-2)).toEqual(['screens on', 'graphics on']);
    expect((atSeconds['graphics on'] ?? 0) - (atSeconds['screens on'] ?? 0)).toBe(5);
  });

  test('before a planned live all that it needs is on in time: for the set-up before it, for the live before the lead time', () => {
    const story = allCut();
    const next = { setupAtMs: story.nowMs + 600_000, startsAtMs: story.nowMs + 1_800_000 };
    story.event({ type: 'plan', next });
    const onAtMs: Record<string, number> = {};
    while (story.nowMs < next.startsAtMs) {
      story.event({ type: 'plan', next });
      story.pass(1, (plug) => story.state.plugs[plug]?.relay ?? false);
      for (const { plug, to } of story.commands) if (to === 'on') onAtMs[plug] ??= story.nowMs;
      story.answer('verified', true);
    }
    for (const plug of ['light', 'monitor', 'pc', 'graphics', 'screens'])
      expect(onAtMs[plug], plug).toBeLessThanOrEqual(next.setupAtMs);
    for (const plug of ['confidence', 'projector']) {
      expect(onAtMs[plug], plug).toBeGreaterThan(next.setupAtMs);
      expect(onAtMs[plug], plug).toBeLessThanOrEqual(next.startsAtMs - story.studio.settings.leadMs);
    }
    // Once each: what is on again is needed, and not cut before the live.
    expect(Object.keys(onAtMs)).toHaveLength(7);
  });

  test('a restore that fails is an alarm before the planned live', () => {
    const story = allCut();
    const next = { setupAtMs: story.nowMs + 600_000, startsAtMs: story.nowMs + 1_800_000 };
    while (story.nowMs < next.startsAtMs - 30_000) {
      story.event({ type: 'plan', next });
      story.pass(1, () => false).answer('failed', false);
    }
    expect(story.state.plugs.confidence?.alarm).toContain('look at the plug');
  });

  test('a computer is told once to shut down when it is idle, and cut when its watts say that it is off', () => {
    const story = afterLive();
    const idle = (watts: number, seconds: number) => {
      for (let s = 0; s < seconds; s += 1) {
        story.nowMs += 1000;
        story.event({ type: 'reading', plug: 'graphics', watts, relay: true });
        story.event({ type: 'tick' });
      }
    };
    idle(40, 300);
    expect([story.shutdowns.length, story.why('graphics')]).toEqual([0, 'in-use']);
    idle(12, 100);
    expect(story.shutdowns).toHaveLength(1);
    story.event({
      type: 'shutdown-outcome',
      orderId: story.shutdowns[0]?.id ?? '',
      plug: 'graphics',
      outcome: 'asked',
      detail: '',
    });
    idle(12, 900);
    expect([story.shutdowns.length, story.why('graphics')]).toEqual([1, 'shutdown-late']);
    idle(1, 59);
    expect(story.sent()).not.toContain('graphics off');
    idle(1, 10);
    expect(story.sent()).toContain('graphics off');
  });

  test('a projector cools down first, and screens wait for the computer that shows on them', () => {
    const story = afterLive();
    story.event({ type: 'reading', plug: 'projector', watts: 180, relay: true });
    story.pass(120);
    expect(story.sent()).not.toContain('projector off');
    expect(story.why('projector')).toContain('cool-down');
    expect(story.why('screens')).toBe('cut-order');
    story
      .pass(60)
      .answer('verified', false)
      .pass(20, (plug) => plug !== 'graphics');
    expect(story.sent()).toContain('screens off');
  });
});

describe('what a person may ask of all', () => {
  test('a hold lapses by itself and is adopted at a restart', () => {
    const story = new Story().session('running').pass(100).session('none').pass(30);
    story.event({ type: 'hold', untilMs: story.nowMs + 900_000, by: 'desk' });
    story.pass(300);
    story.state = adopt(JSON.parse(JSON.stringify(story.state)), story.nowMs);
    story.session('none').pass(500);
    expect(story.sent()).toEqual([]);
    story.pass(120);
    expect(story.sent()).toContain('light off');
  });

  test('cut now skips the grace period and no other rule, and not in a session or a hold', () => {
    const now = { type: 'cut-now', plugs: PLUGS.map(({ id }) => id), by: 'desk' } as const;
    const story = new Story().session('running').pass(100);
    expect(story.event(now)).toEqual(['a session runs: nothing is cut']);
    story.session('none').pass(5);
    story.event({ type: 'hold', untilMs: story.nowMs + 5000, by: 'desk' });
    expect(story.event(now)[0]).toContain('held by desk');
    story.event({ type: 'hold', untilMs: null, by: 'desk' });
    expect(story.event(now)).toEqual([]);
    expect(story.sent()).toEqual(expect.arrayContaining(['light off', 'monitor off']));
    expect(story.sent()).not.toContain('camera off');
    expect(story.sent()).not.toContain('pc off');
    expect(story.commands[0]).toMatchObject({ by: 'desk', reasons: [{ code: 'cut-now' }], wattsBefore: 1 });
  });

  test('it is asked beforehand what would come of the end of the session', () => {
    const story = new SpecialStory().session('running').pass(100);
    const ended = previewIfEnded(story.studio, story.state, story.nowMs);
    expect(ended.find(({ plug }) => plug === 'light')).toMatchObject({
      action: 'hold',
      reasons: [{ code: 'grace' }],
      dueAtMs: story.nowMs + 45_000,
    });
    expect(story.state.session).toBe('running');
  });
});

describe('what happens between a decision and its sending', () => {
  test('a cut may still be sent only off air, to a plug that is heard of and idle', () => {
    const story = new Story().session('running').pass(100).session('none').pass(300);
    const may = (plug: string) => mayStillBeCut(studio, story.state, plug, story.nowMs);
    expect([may('monitor'), may('camera'), may('nobody')]).toEqual([true, false, false]);
    story.event({ type: 'reading', plug: 'monitor', watts: 80, relay: true });
    expect(may('monitor')).toBe(false);
    story.event({ type: 'reading', plug: 'monitor', watts: 1, relay: true });
    expect(may('monitor')).toBe(true);
    story.nowMs += 61_000;
    expect(may('monitor')).toBe(false);
    story.pass(1).session('running');
    expect(may('monitor')).toBe(false);
  });

  test('a plug that obeys a cut late has power again in the next live', () => {
    const story = new Story().session('running').pass(100).session('none').pass(300);
    for (let attempt = 0; attempt < 3; attempt += 1) story.answer('failed', true).pass(11);
    expect(story.sent()).toEqual([]);
    // Its relay opens now: nothing is under way any more, so it looks like somebody's hand.
    story
      .pass(60, () => false)
      .session('running')
      .pass(30, () => false);
    expect(story.sent()).toEqual(expect.arrayContaining(['light on', 'monitor on']));
  });
});

describe('after a restart', () => {
  test('with a clock that is behind, the next live is restored at once all the same', () => {
    const before = cutStudio();
    const story = new Story(adopt(before.state, T0 - 3_600_000));
    story.nowMs = T0 - 3_600_000;
    story
      .session('none')
      .pass(25, () => false)
      .session('running')
      .pass(10, () => false);
    expect(story.sent()).toEqual(['light on', 'monitor on', 'pc on']);
  });

  test('days after a live nothing is cut within seconds: the grace period begins anew', () => {
    const before = new Story().session('running').pass(100).session('none').pass(5);
    const story = new Story(adopt(before.state, T0 + 5 * 86_400_000));
    story.nowMs = T0 + 5 * 86_400_000;
    story.session('none').pass(40);
    expect(story.sent()).toEqual([]);
    story.pass(300);
    expect(story.sent()).toContain('light off');
  });

  test('without its memory (a lost journal) what is found off is restored for the next live, and what is on is left', () => {
    const story = new Story(withoutMemory(studio));
    story
      .session('none')
      .pass(60, (id) => id !== 'light')
      .session('running')
      .pass(30, (id) => id !== 'light');
    expect(story.sent()).toEqual(['light on']);
  });
});

describe('a request', () => {
  const asked = (story: Story, plug: string, power: 'on' | 'off') =>
    story.event({ type: 'request', plug, power, by: 'api' });

  test('is refused with every reason: essential, on air, in use, unknown plug', () => {
    const story = new Story().session('running').pass(20);
    expect(asked(story, 'camera', 'off')[0]).toContain('essential');
    expect(asked(story, 'light', 'off')).toEqual(['a session runs: nothing is cut']);
    expect(asked(story, 'nobody', 'off')).toEqual(['no such plug']);
    story.session('none').pass(20);
    story.event({ type: 'reading', plug: 'pc', watts: 80, relay: true });
    expect(asked(story, 'pc', 'off')[0]).toContain('in use: 80 W');
  });

  test('stands until the phase changes', () => {
    const story = new Story().session('running').pass(100).session('none').pass(5);
    expect(asked(story, 'light', 'off')).toEqual([]);
    story.answer('verified', false).pass(40, (id) => id !== 'light');
    expect(asked(story, 'light', 'on')).toEqual([]);
    story.answer('verified', true).pass(400);
    expect(story.sent()).not.toContain('light off');
  });
});
