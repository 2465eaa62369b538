import { ConfigError, loadConfig } from '../../config/load.ts';
import type { StudioConfig } from '../../config/schema.ts';
import { secretsOf } from '../../config/secrets.ts';
import type { Clock, Random } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { journalPathOf } from '../with-journal.ts';
import { within } from '../within.ts';
import { callBroker, checkBroker, type DoctorsLine } from './broker.ts';
import { type Finding, type FindingCode, Findings, PARTS, type Part } from './finding.ts';
import { checkJournal } from './journal.ts';
import { checkClock, checkDisk, checkPermissions, checkVersions } from './machine.ts';
import { type Patient, runningDaemon } from './patient.ts';
import { checkPlugs } from './plugs.ts';
import { checkPorts } from './ports.ts';
import { checkSecrets } from './secrets.ts';
import { checkCarbon, checkInflux, checkObs } from './services.ts';

export { type Finding, PARTS, type Part } from './finding.ts';

/** No part takes longer. Whoever is asked has less, so that it says by itself what is wrong. */
const PART_MS = 45_000;

interface DoctorOptions {
  /** The studio.yaml; undefined: only this machine is looked at. */
  file: string | undefined;
  /** Only these. */
  parts?: readonly Part[];
  env: NodeJS.ProcessEnv;
  clock: Clock;
  random: Random;
  /** Called when a part is begun (false) and done (true). */
  progress?(part: Part, done: boolean): void;
  intensitySources?: readonly IntensitySource[];
}

/**
 * Looks at everything a studio needs, for real and all at once, beside a daemon that runs or without one. Switches nothing,
 * sets nothing, writes no point.
 * @returns what was found, by part
 */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const { file, parts = PARTS, env, clock, random, progress = () => {} } = options;
  const wanted = PARTS.filter((part) => parts.includes(part));
  const run = async (part: Part, check: (signal: AbortSignal) => Promise<Finding[]>): Promise<Finding[]> => {
    progress(part, false);
    const found = await bounded(part, check, clock);
    progress(part, true);
    return found;
  };
  const configuration = new Findings('configuration');
  const config = file === undefined ? null : read(file, configuration);
  const machine = { configuration: async () => configuration.list, clock: () => checkClock(clock.nowMs()) };
  if (file === undefined || config === null) {
    if (file === undefined)
      configuration.skipped('no-configuration', 'none was given: only this machine is looked at', {
        remedy: 'offair doctor --config FILE; offair setup makes one',
      });
    const checks: Partial<Record<Part, () => Promise<Finding[]>>> = { ...machine, versions: () => checkVersions(null) };
    // A wrong configuration is told whatever was asked for.
    const possible = PARTS.filter((part) => part in checks && (wanted.includes(part) || part === 'configuration'));
    return (await Promise.all(possible.map((part) => run(part, async () => (await checks[part]?.()) ?? [])))).flat();
  }

  const journalPath = journalPathOf(config);
  const patient: Patient = {
    ...{ config, file, journalPath, env, clock, random, secret: secretsOf(env, file) },
    daemon: await runningDaemon(config, journalPath, env, clock),
    ...(options.intensitySources && { intensitySources: options.intensitySources }),
  };
  let line: Promise<DoctorsLine | null> | null = null;
  const call = () => {
    line ??= callBroker(patient);
    return line;
  };
  const checks: Record<Part, (signal: AbortSignal) => Promise<Finding[]>> = {
    ...machine,
    secrets: () => checkSecrets(patient),
    versions: () => checkVersions(patient),
    disk: () => checkDisk(patient),
    permissions: () => checkPermissions(patient),
    ports: () => checkPorts(patient),
    journal: () => checkJournal(patient),
    broker: async () => checkBroker(patient, await call()),
    plugs: async () => checkPlugs(patient, (await call())?.mqtt ?? null),
    influx: (signal) => checkInflux(patient, signal),
    carbon: (signal) => checkCarbon(patient, signal),
    obs: () => checkObs(patient),
  };
  try {
    return (await Promise.all(wanted.map((part) => run(part, checks[part])))).flat();
  } finally {
    const called = await (line as Promise<DoctorsLine | null> | null)?.catch(() => null);
    await called?.mqtt.end();
  }
}

/** A configuration in a few words. */
export function inShort({ plugs, switching }: StudioConfig): string {
  const cuttable = plugs.filter(({ essential }) => !essential).length;
  const count = plugs.length === 1 ? '1 plug' : `${plugs.length} plugs`;
  return `${count}, ${cuttable} of them may be cut; ${switching.dryRun ? 'dry run: nothing is switched' : 'switching is on'}`;
}

/** What a configuration needs beside itself: its secrets, and files that may be used. Asks nobody, listens nowhere. */
export async function examineFiles(config: StudioConfig, file: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const patient = { config, file, env, journalPath: journalPathOf(config) };
  return [...(await checkSecrets(patient)), ...(await checkPermissions(patient))];
}

function read(file: string, findings: Findings): StudioConfig | null {
  try {
    const config = loadConfig(file);
    findings.ok('configuration', inShort(config), file);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { path, line, found, expected, hint } of error.problems)
      findings.failed(
        'configuration-wrong',
        `${line === null ? '' : `line ${line}, `}${path || 'the file'}: found ${found}`,
        {
          about: path || file,
          remedy: `${hint ? `${hint} ` : ''}Expected is ${expected}`,
        },
      );
    return null;
  }
}

/** A check that fails or hangs is a finding, and keeps none of the others. */
async function bounded(
  part: Part,
  check: (signal: AbortSignal) => Promise<Finding[]>,
  clock: Clock,
): Promise<Finding[]> {
  const failed = (code: FindingCode, text: string, remedy: string) => {
    const findings = new Findings(part);
    findings.failed(code, text, { remedy });
    return findings.list;
  };
  const abort = new AbortController();
  const checked = check(abort.signal).catch((error) =>
    failed('not-checked', `it could not be looked at: ${wordsOf(error)}`, 'as it says'),
  );
  const found = await within(clock, PART_MS, checked);
  abort.abort();
  return found ?? failed('timed-out', `it was not done within ${PART_MS / 1000} s`, 'run offair doctor again');
}
