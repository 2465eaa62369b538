import { type CodedText, fill, type Words } from './coded-text.ts';
import { DOUBT_TEXTS } from './source-words.ts';

/** Why the policy does something, or not, in English. Pages say it by the code and the data. */
export const REASON_TEXTS = {
  'asked-for': 'asked for',
  'cut-now': 'cut now, asked for by {by}',
  idle: 'no session, and not in use',
  'session-phase': 'session in phase {phase}',
  'planned-live': 'a live is planned: on again before it',
  'shut-down-first': 'shut down before it is cut',

  essential: 'essential: never switched',
  'essential-refused': 'this plug is essential: it is never switched. Change the configuration first',
  'no-such-plug': 'no such plug',
  'being-switched': 'being switched {to}',
  'session-unknown': 'not known whether a session runs',
  ...DOUBT_TEXTS,
  'session-runs': 'a session runs: nothing is cut',
  override: 'switched {to} by {by}: stands until the phase changes',
  'nothing-to-restore': 'nothing to restore',
  'not-in-phase': 'not powered in phase {phase}: on again when a phase begins that it is powered in',
  'planned-later': 'on again in time for the planned live',
  'shut-down-stays': 'offair had it shut down: start it by hand, its plug has power',
  'protects-itself': 'its plug protects itself or its load: look at it first',
  'no-session-ended': 'no session has ended since offair watches',
  'off-already': 'off already',
  'not-obeyed': '{detail}',
  'retry-soon': '{detail}: tried again soon',
  'no-fresh-reading': 'no fresh reading',
  'draw-unknown': 'its draw is not known',
  'in-use': 'in use: {watts} W, idle is {idleWatts} W or less',
  'not-shut-down': 'not shut down: {watts} W, off is {offWatts} W or less',
  'quiet-time': 'quiet time',
  'cool-down': 'cools down',
  'min-on': 'minimum time on',
  'min-off': 'minimum time off',
  'switched-often': 'switched too often in the last hour',
  grace: 'grace period after the session',
  held: 'held by {by}: nothing is cut until then',
  'cut-order': '{name} is cut before it, and is not off yet',
  'shutting-down': 'was asked to shut down: {watts} W, off is {offWatts} W or less',
  'shutdown-late': 'was asked to shut down {minutes} minutes ago and still draws {watts} W: look at it',
  'shutdown-failed': 'could not be shut down ({detail}): shut it down by hand',
  'dry-run': 'dry run: would have been switched {to}',
  'dry-run-shut-down': 'dry run: would have been shut down',
  stopping: 'offair is stopping',
  'confirm-lapsed': 'the confirmation is not known or has lapsed: ask again what would be cut',
} as const;

export type ReasonCode = keyof typeof REASON_TEXTS;
export const REASON_CODES = Object.keys(REASON_TEXTS) as ReasonCode[];

export interface Reason extends CodedText {
  code: ReasonCode;
}

export function reason(code: ReasonCode, data?: Words): Reason {
  const text = REASON_TEXTS[code];
  return data ? { code, text: fill(text, data), data } : { code, text };
}

/** All of them in one English sentence. */
export function reasonsText(reasons: readonly CodedText[]): string {
  return reasons.map(({ text }) => text).join('; ');
}
