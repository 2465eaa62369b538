import type { PlugAdapter } from '../../adapters/adapter.ts';
import type { Clock, Random } from '../../model/clock.ts';
import { deviceWords, slug } from '../discover.ts';
import type { Answers } from './answers.ts';
import { type Asker, Cancelled, terminalAsker } from './asker.ts';
import { checkAccess } from './checks.ts';
import { type ChosenPlug, Draft, type SaidOfPlug } from './draft.ts';
import { askForPlug, askForStudio } from './interview.ts';
import { type Candidate, searchPlugs } from './search.ts';

interface SetupOptions {
  /** The families that are searched for. */
  adapters: readonly PlugAdapter[];
  /** The studio.yaml to make, or to add to. */
  file: string;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  random: Random;
  print(text: string): void;
  /** How long plugs are searched for, ms; 0: they are not. */
  searchMs: number;
  networkInterface: string | null;
  /** null: a person is asked. */
  answers: Answers | null;
  /** Who asks the person. */
  asker?: Asker;
}

/**
 * Makes a studio.yaml and its secrets, or adds to one. Nothing is written before everything is known, and nothing at all
 * when it would not load, or the person leaves.
 * @throws ConfigError when there is a file that is wrong, or what was answered makes none; Cancelled
 */
export async function setUp(options: SetupOptions): Promise<void> {
  const { file, env, clock, print, answers } = options;
  const draft = new Draft(file, env);
  if (answers) await takeAnswers(draft, answers, options);
  else await ask(draft, options.asker ?? terminalAsker, options);
  if (draft.isEmpty) return print(`${file} stays as it is: there is nothing to add`);
  if (!draft.existing && draft.plugs.length === 0)
    throw new Error(
      'no plug was found or named, and a studio without plugs is none: nothing was written. Are they powered and in ' +
        'this network? offair discover says what to check',
    );
  draft.result();
  if (!answers) await confirmed(draft, options.asker ?? terminalAsker);
  const { written, backUps } = write(draft, clock.nowMs());
  for (const path of written) print(`written: ${path}`);
  for (const path of backUps) print(`as it was before: ${path}`);
  print(`Next: offair doctor --config ${file}, then offair run --config ${file}`);
}

/** A Ctrl-C in these milliseconds waits until all is written. */
function write(draft: Draft, nowMs: number): ReturnType<Draft['write']> {
  const wait = () => {};
  process.on('SIGINT', wait);
  try {
    return draft.write(nowMs);
  } finally {
    process.off('SIGINT', wait);
  }
}

async function ask(draft: Draft, asker: Asker, options: SetupOptions): Promise<void> {
  const { clock, random, file } = options;
  asker.begin(
    draft.existing ? `offair: more plugs for ${draft.existing.studio.name}` : `offair: a new studio in ${file}`,
  );
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  await askForStudio(draft, { asker, clock, random, timeZone });
  if (options.searchMs === 0) return;
  const { candidates, failures, end } = await asker.busy(
    `Searching for plugs for ${options.searchMs / 1000} s`,
    (step) => searchPlugs(draft, { ...search(options), told: (device) => step(`Found ${deviceWords(device)}`) }),
  );
  try {
    for (const failure of failures) asker.warn(failure.message);
    asker.say(candidates.length === 1 ? 'One outlet is new.' : `${candidates.length} outlets are new.`);
    for (const candidate of candidates) {
      const plug = await askForPlug(candidate, { asker });
      if (plug) draft.add(candidate.plug, plug);
    }
  } finally {
    await end();
  }
}

async function confirmed(draft: Draft, asker: Asker): Promise<void> {
  const { plugs, newSecrets, sections, file } = draft;
  const cuttable = plugs.filter(({ essential }) => essential === false).length;
  asker.say(
    [
      ...(plugs.length > 0
        ? [`${plugs.length} new plugs, ${cuttable} of them may be cut: ${plugs.map(({ name }) => name).join(', ')}`]
        : []),
      ...(Object.keys(sections).length > 0 ? [`sections: ${Object.keys(sections).join(', ')}`] : []),
      ...(newSecrets.size > 0 ? [`secrets: ${[...newSecrets.keys()].join(', ')}`] : []),
      ...(draft.existing
        ? []
        : ['It begins in dry run: nothing is switched before you set switching.dryRun to false.']),
    ].join('\n'),
  );
  if (!(await asker.confirm(`Write ${file}?`, true))) throw new Cancelled('stopped: nothing was written');
  asker.end('Done.');
}

async function takeAnswers(draft: Draft, answers: Answers, options: SetupOptions): Promise<void> {
  const { print, clock, random } = options;
  Object.assign(draft.sections, answers.sections);
  for (const [name, value] of Object.entries(answers.secrets)) draft.newSecrets.set(name, value);
  if (!draft.existing) {
    const said = (answers.sections.studio ?? {}) as { name?: string; id?: string };
    const name = said.name ?? 'Studio';
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    draft.sections.studio = { id: slug(name) || 'studio', name, country: 'FR', timeZone, ...said };
    draft.sections.switching ??= { dryRun: true };
  }
  for (const part of ['mqtt', 'influx', 'sessionSources'] as const) {
    if (!(part in answers.sections)) continue;
    for (const { text, remedy } of await checkAccess(draft, part, { clock, random })) print(`but ${text}: ${remedy}`);
  }
  const named = new Map(Object.entries(answers.plugs));
  if (options.searchMs > 0) await takeFound(draft, named, answers.others, options);
  for (const [key, settings] of named) {
    // One that is described whole need not be found.
    if (settings !== false && typeof settings.adapter === 'string')
      draft.plugs.push({ id: slug(key), name: key, ...settings } as ChosenPlug);
    else if (settings !== false) print(`but ${key} was not found: it is not in the configuration`);
  }
}

/** Takes out of `named` what was found. */
async function takeFound(
  draft: Draft,
  named: Map<string, Answers['plugs'][string]>,
  others: Answers['others'],
  options: SetupOptions,
): Promise<void> {
  const { print } = options;
  const { candidates, failures, end } = await searchPlugs(draft, { ...search(options), told: () => {} });
  try {
    for (const failure of failures) print(`but ${failure.message}`);
    for (const candidate of candidates) {
      const key = keysOf(candidate).find((each) => named.has(each));
      const settings = key === undefined ? (others === 'leave' ? false : {}) : named.get(key);
      if (key !== undefined) named.delete(key);
      if (settings === false) continue;
      const { watts, problem } = await candidate.read();
      draft.add(candidate.plug, settings as SaidOfPlug);
      const state =
        problem === null ? (watts === null ? 'does not measure' : `${watts.toFixed(1)} W`) : `but ${problem}`;
      print(`${draft.plugs.at(-1)?.id}: ${deviceWords(candidate.device)}, ${state}`);
    }
  } finally {
    await end();
  }
}

/** What a plug may be called in the answers. */
function keysOf({ device, outlet }: Candidate): string[] {
  const names = [
    device.mac,
    device.mac?.replace(/..(?!$)/g, '$&-'),
    device.mac?.replace(/..(?!$)/g, '$&:'),
    device.address,
  ];
  return names.flatMap((name) => (name ? (outlet === null ? [name] : [`${name}/${outlet}`]) : []));
}

function search({ adapters, clock, random, searchMs, networkInterface }: SetupOptions) {
  return { adapters, clock, random, ms: searchMs, networkInterface };
}
