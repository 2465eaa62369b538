import { type CodedText, fill, type Words } from './coded-text.ts';
import { FAULT_TEXTS, faultCode, faultsAmong, flagWords } from './faults.ts';
import type { PlugId } from './plug.ts';
import { DOUBT_TEXTS } from './source-words.ts';

/** What a technician should look at now, in English. `{detail}` is what a device, a server or the disk said. */
export const PROBLEM_TEXTS = {
  'session-unknown': 'Not known whether a live runs: start or end a session to tell',
  ...DOUBT_TEXTS,
  'left-cut': '{name}: offair cut it before and may not switch it now: switch it on by hand',
  'not-switched': '{name}: {detail}',
  'plug-unreachable': '{name}: {detail}',
  'plug-refused': '{name}: {detail}',
  'plug-unreadable': '{name}: {detail}',
  'plug-odd': '{name}: {detail}',
  ...FAULT_TEXTS,
  'journal-set-aside': 'The journal was damaged and set aside as {path}',
  'journal-unwritable': 'The journal can not be written: {detail}',
  'session-unwritten': 'a session is not in the journal yet: it can not be written',
  'report-unwritten': 'A report can not be written: {detail}',
  'readings-dropped': '{count} raw readings were dropped; energy was kept',
  'intensity-trouble': 'Grid intensity: {detail}',
  'webhook-trouble': 'Alarms are not delivered to webhook {name}: {detail}',
  'influx-dropped': 'InfluxDB: {count} points were given up for lack of room; energy was kept',
  'influx-trouble': 'InfluxDB: {detail}',
} as const;

export type ProblemCode = keyof typeof PROBLEM_TEXTS;
export const PROBLEM_CODES = Object.keys(PROBLEM_TEXTS) as ProblemCode[];

/** `plug-odd`: it works, but sent something that it should not. */
export const PLUG_TROUBLES = ['plug-unreachable', 'plug-refused', 'plug-unreadable', 'plug-odd'] as const;

/** What is wrong with reading one plug, in the words of its adapter. */
export interface PlugTrouble {
  code: (typeof PLUG_TROUBLES)[number];
  text: string;
}

export interface StudioProblem extends CodedText {
  code: ProblemCode;
  /** The plug it is about, if it is about one. */
  plug: PlugId | null;
}

export function problem(code: ProblemCode, data: Words = {}, plug: PlugId | null = null): StudioProblem {
  const text = fill(PROBLEM_TEXTS[code], data);
  return Object.keys(data).length > 0 ? { code, text, data, plug } : { code, text, plug };
}

/** What the flags of a plug say is wrong with it. */
export function faultProblems(plug: { id: PlugId; name: string; flags: readonly string[] }): StudioProblem[] {
  const { id, name, flags } = plug;
  return faultsAmong(flags).map((flag) => problem(faultCode(flag), { name, flag: flagWords(flag) }, id));
}
