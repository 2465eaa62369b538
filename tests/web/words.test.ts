import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { dayOf, shift, startOf } from '../../api/web/days.js';
import { agoText, clockText, energyText, number } from '../../api/web/format.js';
import { providerName } from '../../api/web/names.js';
import { EN, FR, language, saidText, sentence } from '../../api/web/text.js';
import PROBLEMS_FR from '../../api/web/words/problems-fr.js';
import { attributionsOf } from '../../model/attributions.ts';
import { decide, preview } from '../../model/policy.ts';
import { NEW_POLICY, type PolicyEvent, type PolicyState, type Studio } from '../../model/policy-state.ts';
import { PROBLEM_TEXTS } from '../../model/problems.ts';
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
    const untranslated = [...policyReasons()].filter((reason) => sentence(reason) === reason);
    expect(untranslated).toEqual([]);
    expect(sentence('a reason of tomorrow')).toBe('a reason of tomorrow');
  });
});

describe('problems', () => {
  test('have French words for every code, with the same holes', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [code, text] of Object.entries(PROBLEM_TEXTS)) {
      expect(PROBLEMS_FR, code).toHaveProperty(code);
      expect(holes(PROBLEMS_FR[code] ?? ''), code).toEqual(holes(text));
    }
  });

  test('are said in the language of the page, and in English where the page has no words for them', () => {
    const problem = { code: 'readings-dropped', text: '1200 raw readings were dropped', data: { count: 1200 } };
    expect(saidText(problem)).toBe(problem.text);
    language.now = 'fr';
    expect(saidText(problem)).toBe('1\u202f200 mesures brutes perdues ; l’énergie est gardée');
    expect(saidText({ code: 'of-tomorrow', text: 'Something new' })).toBe('Something new');
  });
});

describe('providers', () => {
  test.each([
    'rte-odre',
    'edf-reunion',
    'neso',
    'energy-charts',
    'electricity-maps',
    'entsoe',
    'watttime',
    'static-ademe',
    'static-electricity-maps',
  ])('%s has a name that people know', (provider) => {
    expect(attributionsOf([provider])).toHaveLength(1);
    expect(providerName(provider)).not.toBe(provider);
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

describe('days of the studio', () => {
  test('begin at its own midnight, also where the clocks change', () => {
    const begin = (day: string, timeZone: string) => new Date(startOf(day, timeZone)).toISOString();
    expect(begin('2026-11-24', 'Europe/Paris')).toBe('2026-11-23T23:00:00.000Z');
    // The days on which summer time begins and ends.
    expect(begin('2026-03-29', 'Europe/Paris')).toBe('2026-03-28T23:00:00.000Z');
    expect(begin('2026-03-30', 'Europe/Paris')).toBe('2026-03-29T22:00:00.000Z');
    expect(begin('2026-10-26', 'Europe/Paris')).toBe('2026-10-25T23:00:00.000Z');
    expect(begin('2026-11-24', 'Pacific/Kiritimati')).toBe('2026-11-23T10:00:00.000Z');
    expect(begin('2026-11-24', 'Asia/Kathmandu')).toBe('2026-11-23T18:15:00.000Z');
  });

  test('follow each other', () => {
    expect(shift('2026-12-31', 1)).toBe('2027-01-01');
    expect(dayOf(Date.parse('2026-11-24T23:30:00Z'), 'Europe/Paris')).toBe('2026-11-25');
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
