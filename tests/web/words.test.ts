import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { webRequest } from '../../adapters/web-request.ts';
import { PROBLEMS } from '../../api/problem.ts';
import { Refused } from '../../api/web/api.js';
import { dayOf, shift, startOf } from '../../api/web/days.js';
import { agoText, clockText, dayText, energyText, number } from '../../api/web/format.js';
import { providerName } from '../../api/web/names.js';
import { EN, FR, language, saidText, sentence, t } from '../../api/web/text.js';
import { errorText } from '../../api/web/ui.js';
import ALARMS_FR from '../../api/web/words/alarms-fr.js';
import CONFIG_FR from '../../api/web/words/config-fr.js';
import PROBLEMS_FR from '../../api/web/words/problems-fr.js';
import REASONS_FR from '../../api/web/words/reasons-fr.js';
import REFUSALS_FR from '../../api/web/words/refusals-fr.js';
import SOURCES_FR from '../../api/web/words/sources-fr.js';
import { type ConfigError, type ConfigProblem, parseConfig } from '../../config/load.ts';
import { systemClock } from '../../daemon/clock.ts';
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
      'en service\u00a0: 187,6\u00a0W, au repos sous 8\u00a0W',
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

  test('of the grid are French down to what each provider did, whatever the provider said', async () => {
    // No such name can be, so nobody is asked for it.
    const url = new URL(`http://${'a'.repeat(64)}.test/`);
    const limits = { timeoutMs: 10_000, maxBodyBytes: 10, clock: systemClock };
    const { message } = await webRequest(url, { method: 'GET', ...limits }).catch((error) => error);
    language.now = 'fr';
    const detail = [message, 'it answered 503, busy', 'its answer is no JSON, or a part of it']
      .map((why) => `Energy-Charts has no value for us: ${why}`)
      .join('; ');
    expect(saidText({ code: 'intensity-trouble', text: '', data: { detail } })).toBe(
      `Intensité du réseau\u00a0: Energy-Charts ne répond pas\u00a0: le nom ${url.hostname} est introuvable ` +
        '(pas d’accès à Internet\u202f?)\u202f; Energy-Charts a répondu 503, busy\u202f; ' +
        'Energy-Charts n’a pas de valeur\u00a0: its answer is no JSON, or a part of it',
    );
  });

  test('are said in the language of the page, and in English where the page has no words for them', () => {
    const problem = { code: 'readings-dropped', text: '1200 raw readings were dropped', data: { count: 1200 } };
    expect(saidText(problem)).toBe(problem.text);
    language.now = 'fr';
    expect(saidText(problem)).toBe('1\u202f200 mesures brutes perdues\u202f; l’énergie est gardée');
    expect(saidText({ code: 'of-tomorrow', text: 'Something new' })).toBe('Something new');
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
      'Rien n’est coupé\u00a0: on ne sait pas si un direct est en cours. obs\u00a0: OBS à ws://obs:4455 ne répond pas (ECONNREFUSED)',
    );
  });
});

describe('refusals of the API', () => {
  const said = (code: string, detail: string) =>
    errorText(new Refused({ type: '', title: '', status: 400, instance: '', code: code as 'internal', detail }));

  test('have French words for every code', () => {
    expect(Object.keys(REFUSALS_FR).sort()).toEqual(Object.keys(PROBLEMS).sort());
  });

  test('are said in the language of the page', () => {
    const internal = 'the request failed for a reason that is in the log of offair';
    expect(said('internal', internal)).toBe(internal);
    language.now = 'fr';
    expect(said('internal', internal)).toBe('offair n’y est pas parvenu\u00a0: la raison est dans son journal');
    expect(said('session-conflict', 'session 2026-11-24-1 is running: end it first')).toBe(
      'La session n’est pas dans l’état voulu\u00a0: la session 2026-11-24-1 est en cours\u00a0: la terminer d’abord',
    );
    expect(said('not-found', 'there is no plug "nowhere": GET /api/v1/plugs lists them')).toBe(
      'Introuvable\u00a0: aucune prise « nowhere »'.replaceAll(/(?<=«) | (?=»)/g, '\u00a0'),
    );
    expect(said('validation-failed', 'query.from: expected a period of at most 400 days, found 2020-01-01')).toMatch(
      /une période de 400 jours au plus$/,
    );
  });

  test('are no words of the browser when the server does not answer', () => {
    language.now = 'fr';
    expect(errorText(new TypeError('Failed to fetch'))).toBe(t('loadFailed'));
  });
});

/** What adapters and the loader say, with the file that says it: a changed sentence must not come back in English. */
const SENTENCES = [
  ['adapters/tapo/discovery.ts', 'an older Kasa device: offair does not speak its protocol'],
  ['adapters/tapo/discovery.ts', 'it speaks {TPAP} over {HTTPS}, which offair does not: look for a newer one'],
  ['adapters/tapo/discovery.ts', 'it is not set up yet: add it in the Tapo app'],
  [
    'adapters/tapo/discovery.ts',
    'the secrets tapo_username and tapo_password are not set: without them it can be neither read nor switched',
  ],
  [
    'adapters/tapo/discovery.ts',
    'it belongs to another account than tapo_username (capitals count): add it in the Tapo app with that one',
  ],
  ['adapters/tapo/discovery.ts', 'its firmware is old: this search does not log in to it, since that would tell'],
  ['adapters/tapo/discovery.ts', 'it refuses the login: it was set up from another device ("simple setup", tss)'],
  [
    'adapters/tapo/discovery.ts',
    'a strip: each outlet is a plug of its own, with outlet: and the number printed on it',
  ],
  [
    'adapters/shelly/discovery-mdns.ts',
    "it is not seen on the studio's broker, and its web page has a password: look {in its MQTT settings (http://192.0.2.7)}{; and add the mqtt: section to studio.yaml}",
  ],
  [
    'adapters/shelly/discovery-mdns.ts',
    "its MQTT is off: turn it on {in its MQTT settings (http://192.0.2.7)}, with the studio's broker{}",
  ],
  [
    'adapters/shelly/discovery-mdns.ts',
    "it is connected to the broker {192.0.2.9:1883}: that must be the studio's one. Correct it {in its MQTT settings (http://192.0.2.7)} or in studio.yaml{; and add the mqtt: section to studio.yaml}",
  ],
  [
    'adapters/shelly/discovery-mdns.ts',
    'it is not connected to its broker, {192.0.2.9:1883}: correct address, user or password {in its MQTT settings (http://192.0.2.7)}{}',
  ],
  [
    'adapters/shelly/discovery-mqtt.ts',
    'the search ended before it was asked what it measures: search longer, with --seconds 15',
  ],
  ['adapters/tasmota/discovery.ts', 'its prefixes are not cmnd, stat and tele: reset them (Prefix1 to Prefix3)'],
  [
    'adapters/tasmota/discovery.ts',
    'it has one meter for all its outlets: it can be measured as a whole, not switched',
  ],
  [
    'adapters/tapo/http.ts',
    '{tapo plug a (192.0.2.7)} did not answer within {2.5} s: is it powered and in the network?',
  ],
  ['adapters/tapo/http.ts', '{tapo plug a: }refuses connections; after a power cut some plugs need a few minutes'],
  ['adapters/tapo/http.ts', '{tapo plug a: }closed the connection without an answer'],
  ['adapters/tapo/http.ts', '{tapo plug a: }no such host in this network; check its address and its power'],
  ['adapters/tapo/http.ts', '{tapo plug a: }this machine has no route to it; check the network of this machine'],
  ['adapters/tapo/http.ts', '{tapo plug a: }its host name is not known; give the plug a fixed address and write that'],
  [
    'adapters/tapo/http.ts',
    '{tapo plug a: }its host name could not be looked up now; a fixed address needs no look-up',
  ],
  ['adapters/tapo/http.ts', '{tapo plug a: }no connection; check its address and its power'],
  ['adapters/tapo/http.ts', '{tapo plug a} closed the connection'],
  [
    'adapters/homewizard/discovery.ts',
    'its local API is off: turn it on in the HomeWizard app (Settings, Meters, the socket, Local API)',
  ],
  [
    'adapters/homewizard/api.ts',
    '{homewizard plug a (192.0.2.7:80)} is locked: turn its switch lock off in the HomeWizard app, or set essential: true',
  ],
  [
    'adapters/tapo/channel.ts',
    '{tapo plug a} was not found in the network: is it powered, and in reach of a broadcast? Else write its host',
  ],
  ['adapters/tapo/protocol.ts', '{tapo plug a} is busy and refused {login} (code {-1012}): try again later'],
  [
    'adapters/tapo/protocol.ts',
    '{tapo plug a} refused the login (code {-1501}): check the e-mail and password of the Tapo account',
  ],
  [
    'adapters/tapo/index.ts',
    '{tapo plug a} needs the e-mail and password of the Tapo app, and {tapo_username} is not set: ',
  ],
  ['adapters/mqtt/plug.ts', '{tasmota plug a (b)} is gone, says the broker. {Check the broker}'],
  ['adapters/mqtt/link.ts', '{tasmota plug a (b)} is gone: {silent for 6 s}'],
  [
    'adapters/mqtt/link.ts',
    '{tasmota plug a (b)}: nothing was sent on {cmnd/b/Power}: {ECONNREFUSED}. Check the broker',
  ],
  ['adapters/tasmota/dialect.ts', 'Is it powered, and is its topic {b} with the full topic {%prefix%/%topic%/}?'],
  ['adapters/zigbee2mqtt/dialect.ts', 'Is Zigbee2MQTT running, the plug powered, and is {b} still its name there?'],
  [
    'adapters/esphome/dialect.ts',
    'Is it powered and on the broker, and does it publish {b/power} at least every updateSeconds?',
  ],
  [
    'adapters/shelly/gen1-plug.ts',
    '{shelly plug a} said nothing when asked on {shellies/a}/command. Is it powered and connected to the broker?',
  ],
  ['adapters/mqtt/plug.ts', '{a plug}: another device listens on its topics too; nothing is switched'],
  ['adapters/shelly/gen2-plug.ts', '{a plug} is another device: its MAC is {02F000000001}'],
  ['model/policy-events.ts', 'could not be switched {off} in {3} attempts ({no answer}): look at the plug'],
] as const;

describe('what adapters say of plugs', () => {
  /** `{…}` is filled in by who says it; the rest must stand in its file as it is here. */
  test.each(SENTENCES)('%s: %s', (file, text) => {
    // Long sentences are written in pieces.
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').replaceAll(/['`] \+\s+['`]/g, '');
    for (const piece of text.split(/\{[^}]*\}/)) expect(source).toContain(piece);
    language.now = 'fr';
    const said = sentence(text.replaceAll(/[{}]/g, ''));
    expect(said).not.toMatch(/\b(the|its?|is|and|not|with|was|of|to|Check)\b/);
    expect(said).not.toMatch(/ [;?!]/);
  });

  test('keeps addresses as they are, and says both of two sentences', () => {
    language.now = 'fr';
    expect(sentence('tapo plug a (192.0.2.7) did not answer within 2.5 s: is it powered and in the network?')).toMatch(
      /^tapo plug a \(192\.0\.2\.7\) n’a pas répondu en 2,5\u00a0s/,
    );
    expect(sentence('rte-odre: HTTP 503; NESO: HTTP 503')).toBe('rte-odre: HTTP 503; NESO: HTTP 503');
  });
});

describe('what the loader of studio.yaml says', () => {
  test.each([
    ['', 'une liste'],
    ['studio:\n  id: Atelier 1\n  name: ""\n  timeZone: Mars\nplugs: []\n', 'au moins 1'],
    ['studio: { id: a, name: A, timezone: UTC }\nplugs: []\n', 'Serait-ce timeZone\u202f?'],
    ['studio: { id: a, name: A, timeZone: UTC }\nplugs:\n  - { id: a, name: A, adapter: shelly }\n', 'un broker'],
    [
      'studio: { id: a, name: A, timeZone: UTC }\nplugs:\n  - { id: a, name: A, adapter: hue }\n',
      'au choix\u00a0: tapo',
    ],
  ])('%j is French', (yaml, expected) => {
    language.now = 'fr';
    const problems = problemsOf(yaml).flatMap(({ expected: wanted, hint }) => [wanted, hint ?? '']);
    const said = problems.map((text) => sentence(text, CONFIG_FR)).join('\n');
    expect(said).toContain(expected);
    expect(said).not.toMatch(/\b(the|its?|is|and|not|with|of|to|at least|such)\b/);
  });
});

function problemsOf(yaml: string): readonly ConfigProblem[] {
  try {
    parseConfig(yaml, 'studio.yaml');
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

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

describe('dates', () => {
  test('are those of the language: French counts the first', () => {
    expect([dayText('2026-12-01'), dayText('2026-12-11')]).toEqual(['Tue, Dec 1', 'Fri, Dec 11']);
    language.now = 'fr';
    expect([dayText('2026-12-01'), dayText('2026-12-11')]).toEqual(['mar. 1er déc.', 'ven. 11 déc.']);
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
