import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../api/problem.ts';
import { dayOf, shift, startOf } from '../../api/web/days.js';
import { agoText, clockText, energyText, number } from '../../api/web/format.js';
import { providerName } from '../../api/web/names.js';
import { EN, FR, language, saidText } from '../../api/web/text.js';
import ALARMS_FR from '../../api/web/words/alarms-fr.js';
import ERRORS_FR from '../../api/web/words/errors-fr.js';
import PROBLEMS_FR from '../../api/web/words/problems-fr.js';
import REASONS_FR from '../../api/web/words/reasons-fr.js';
import SOURCES_FR from '../../api/web/words/sources-fr.js';
import { ALARM_TEXTS } from '../../model/alarm-texts.ts';
import { attributionsOf } from '../../model/attributions.ts';
import { NO_SUGGESTION_CODES } from '../../model/idle-suggestion.ts';
import { REASON_CODES, REASON_TEXTS, reason } from '../../model/policy-reasons.ts';
import { PROBLEM_TEXTS } from '../../model/problems.ts';
import { doubtAbout, SOURCE_TEXTS, sourceWords } from '../../model/source-words.ts';

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
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, hole]) => hole);
    const french: Record<string, string> = { ...REASONS_FR, ...PROBLEMS_FR };
    expect(Object.keys(REASONS_FR).filter((code) => !(REASON_CODES as string[]).includes(code))).toEqual([]);
    // How often a command was tried is in the data beside what its plug said.
    for (const code of REASON_CODES) {
      expect(french, code).toHaveProperty(code);
      expect([...holes(REASON_TEXTS[code]), 'attempts'], code).toEqual(
        expect.arrayContaining(holes(french[code] ?? '')),
      );
    }
    language.now = 'fr';
    expect(saidText(reason('in-use', { watts: 187.6, idleWatts: 8 }))).toBe(
      'en service : 187,6\u00a0W, au repos sous 8\u00a0W',
    );
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

describe('errors of the API', () => {
  test('have French words for every code', () => {
    expect(Object.keys(ERRORS_FR).sort()).toEqual(Object.keys(PROBLEMS).sort());
    language.now = 'fr';
    const detail = 'session 20261124-090000 is running: end it first';
    expect(saidText({ code: 'session-conflict', text: detail, data: { detail } })).toBe(
      'La session 20261124-090000 est en cours : la terminer d’abord',
    );
  });
});

describe('what the sources of the session signal say', () => {
  test('has French words for every code, with the same holes', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(Object.keys(SOURCES_FR)).toEqual(Object.keys(SOURCE_TEXTS));
    for (const [code, text] of Object.entries(SOURCE_TEXTS))
      expect(holes(SOURCES_FR[code] ?? ''), code).toEqual(holes(text));
  });

  test('is in French within a reason why nothing is cut', () => {
    const away = sourceWords('obs-away', { url: 'ws://obs:4455', why: 'ECONNREFUSED' });
    const doubt = doubtAbout('doubt-lost', 'obs', away);
    expect(saidText(doubt)).toBe(
      'nothing is cut: not known whether a live runs. obs: OBS at ws://obs:4455 is not reached (ECONNREFUSED)',
    );
    language.now = 'fr';
    expect(saidText(doubt)).toBe(
      'Rien n’est coupé : on ne sait pas si un direct est en cours. obs : OBS à ws://obs:4455 ne répond pas (ECONNREFUSED)',
    );
  });
});

describe('alarms', () => {
  test('say in French what the daemon says elsewhere, and suggestions have words for every code', () => {
    expect(ALARMS_FR).toMatchObject(ALARM_TEXTS.fr);
    for (const code of NO_SUGGESTION_CODES) expect(ALARMS_FR).toHaveProperty(code);
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
