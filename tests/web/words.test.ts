import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { agoText, clockText, energyText, number } from '../../api/web/format.js';
import { sumOf, topOf } from '../../api/web/series.js';
import { EN, FR, language, reasonText } from '../../api/web/text.js';
import { decide, preview } from '../../model/policy.ts';
import { NEW_POLICY, type PolicyEvent, type PolicyState, type Studio } from '../../model/policy-state.ts';
import { plug } from '../support/fake-api-deps.ts';

afterEach(() => {
  language.now = 'en';
});

describe('the words', () => {
  test('are the same in both languages, down to what is filled in', () => {
    expect(Object.keys(FR)).toEqual(Object.keys(EN));
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [word, text] of Object.entries(FR)) {
      expect(holes(text), word).toEqual(holes(EN[word as keyof typeof EN]));
      expect(text.trim(), word).not.toBe('');
    }
  });

  test('that stand in the page before it runs are the English ones', () => {
    const html = readFileSync(new URL('../../api/web/index.html', import.meta.url), 'utf8');
    for (const [, word, text] of html.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)) {
      expect(EN).toHaveProperty(word ?? '');
      if (text) expect(text, word).toBe(EN[word as keyof typeof EN]);
    }
  });

  test('cover the reasons of the cutting policy in French', () => {
    language.now = 'fr';
    const untranslated = [...policyReasons()].filter((reason) => reasonText(reason) === reason);
    expect(untranslated).toEqual([]);
    expect(reasonText('a reason of tomorrow')).toBe('a reason of tomorrow');
  });
});

describe('numbers', () => {
  test('have a decimal below a hundred, and none for nothing', () => {
    expect([number(0), number(-0.01), number(11.42), number(148.2), number(null), number(Number.NaN)]).toEqual([
      '0.0',
      '0.0',
      '11.4',
      '148',
      '–',
      '–',
    ]);
    language.now = 'fr';
    expect(number(11.42)).toBe('11,4');
  });

  test('of energy and time choose a unit that reads well', () => {
    expect(energyText(999.4)).toBe('999\u00a0Wh');
    expect(energyText(1234)).toBe('1.2\u00a0kWh');
    expect([clockText(0), clockText(65_900), clockText(3_725_000), clockText(-5)]).toEqual([
      '0:00',
      '1:05',
      '1:02:05',
      '0:00',
    ]);
    expect([agoText(-3000), agoText(59_000), agoText(90_000), agoText(7_200_000)]).toEqual([
      '0 sec',
      '59 sec',
      '2 min',
      '2 hr',
    ]);
  });
});

describe('the sum of the plugs over time', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const history = (...buckets: [seconds: number, watts: number][]) => ({
    plug: 'a',
    from: at(0),
    to: at(120),
    stepSeconds: 10,
    buckets: buckets.map(([seconds, meanWatts]) => ({ at: at(seconds), meanWatts, maxWatts: meanWatts, readings: 1 })),
  });

  test('holds a plug that reports only changes for a minute, and then does not know it', () => {
    const sum = sumOf([history([0, 100], [10, 100]), history([0, 5])]).map((sample) => sample.watts);
    expect(sum).toEqual([105, 105, 105, 105, 105, 105, 105, 100, null, null, null, null]);
  });

  test('is unknown before the first reading, and of no plugs at all', () => {
    expect(
      sumOf([history([50, 20])])
        .map((sample) => sample.watts)
        .slice(3, 7),
    ).toEqual([null, null, 20, 20]);
    expect(sumOf([])).toEqual([]);
  });

  test('is drawn under a round top', () => {
    expect([0, 9, 10, 11, 39, 41, 440, 999, 1001].map(topOf)).toEqual([10, 10, 10, 20, 40, 60, 600, 1000, 2000]);
  });
});

/** What the policy says, gathered by leading one studio through what may happen to it. */
function policyReasons(): Set<string> {
  const settings = {
    dryRun: false,
    graceMs: 60_000,
    staggerMs: 0,
    maxSwitchesPerHour: 4,
    staleAfterMs: 30_000,
    commandTtlMs: 5000,
    maxAttempts: 2,
  };
  const plugs = [
    plug({ id: 'essential', essential: true }),
    plug({ id: 'pc', idleWatts: 8, minOnSeconds: 0, minOffSeconds: 0 }),
    plug({ id: 'light', minOnSeconds: 300, minOffSeconds: 300 }),
  ];
  const reasons = new Set<string>();
  let studio: Studio = { plugs, settings };
  let state: PolicyState = NEW_POLICY;
  let nowMs = 1_800_000_000_000;
  const feed = (event: PolicyEvent) => {
    const decision = decide(studio, state, event, nowMs);
    state = decision.state;
    const sent = [...decision.refused, ...preview(studio, state, nowMs).flatMap((one) => one.reasons)];
    for (const reason of [...sent, ...decision.commands.map((one) => one.reason)]) reasons.add(reason);
    for (const { id, plug: target, to } of decision.commands) {
      const done = {
        commandId: id,
        plug: target,
        outcome: 'verified' as const,
        relay: to === 'on',
        detail: 'read back',
      };
      feed({ type: 'outcome', ...done });
    }
  };
  const hear = (watts: number | null) => {
    for (const { id } of plugs) feed({ type: 'reading', plug: id, watts, relay: state.plugs[id]?.relay ?? true });
  };
  const ask = (power: 'on' | 'off') => {
    for (const { id } of plugs) feed({ type: 'request', plug: id, power, by: 'api' });
  };
  const later = (ms: number) => {
    nowMs += ms;
    feed({ type: 'tick' });
  };
  ask('off');
  feed({ type: 'session', status: 'running', phase: 'live' });
  ask('off');
  hear(150);
  feed({ type: 'session', status: 'none', phase: 'standby' });
  hear(null);
  hear(150);
  ask('off');
  later(1000);
  hear(2);
  ask('on');
  for (let i = 0; i < 20; i++) {
    later(20_000);
    hear(2);
  }
  feed({ type: 'session', status: 'running', phase: 'setup' });
  hear(2);
  ask('on');
  ask('off');
  feed({ type: 'session', status: 'none', phase: 'standby' });
  studio = { plugs, settings: { ...settings, dryRun: true } };
  for (let i = 0; i < 20; i++) {
    later(20_000);
    hear(2);
  }
  reasons.delete('asked for');
  return reasons;
}
