import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VERSION } from '../version.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';

const OLDEST_NODE = 24;
/** Nobody has set a clock that says so: older than this program. */
const OLDEST_TIME_MS = Date.UTC(2026, 0, 1);
const MEGABYTE = 1_000_000;
const DAY_SECONDS = 86_400;
/** linux/magic.h */
const TMPFS_MAGIC = 0x01021994;
const LEAST_FREE_BYTES = 100 * MEGABYTE;
const LITTLE_FREE_BYTES = 500 * MEGABYTE;

export async function checkVersions(patient: Pick<Patient, 'daemon'> | null): Promise<Finding[]> {
  const findings = new Findings('versions');
  const node = process.versions.node;
  if (Number(node.split('.')[0]) < OLDEST_NODE)
    findings.failed('node-old', `Node ${node}: offair needs ${OLDEST_NODE} or newer`, {
      remedy: 'start it by npm start or npx offair, which bring their own',
    });
  else findings.ok('node', `Node ${node}, ${process.platform} ${process.arch}`);
  findings.ok('offair', `offair ${VERSION}`);
  const running = patient?.daemon?.version;
  if (running && running !== VERSION)
    findings.warning('daemon-other-version', `the daemon that runs is offair ${running}`, { remedy: 'restart it' });
  return findings.list;
}

/** Is this machine's clock right? Energy is kept by quarter hour, and plugs have their own days. */
export async function checkClock(nowMs: number): Promise<Finding[]> {
  const findings = new Findings('clock');
  const remedy = 'sudo timedatectl set-ntp true, and let this machine reach a time server (UDP port 123)';
  const now = new Date(nowMs).toISOString();
  if (nowMs < OLDEST_TIME_MS) {
    findings.failed('clock-unset', `it says ${now}: nobody has set it`, { remedy });
    return findings.list;
  }
  const synchronised = existsSync('/run/systemd/timesync/synchronized') || (await timedatectl());
  if (synchronised === true) findings.ok('clock', `${now}, synchronised`);
  else if (synchronised === false) findings.warning('clock-free', `${now}, and no time server corrects it`, { remedy });
  else findings.skipped('clock', `${now}; this system does not say whether a time server corrects it`);
  return findings.list;
}

/** null when it can't be asked. */
function timedatectl(): Promise<boolean | null> {
  return new Promise((resolve) => {
    const args = ['show', '--property=NTPSynchronized', '--value'];
    execFile('timedatectl', args, { timeout: 3000 }, (error, stdout) =>
      resolve(error ? null : stdout.trim() === 'yes'),
    );
  });
}

/** Room for the journal, and how fast the card wears. */
export async function checkDisk({ config, journalPath, daemon }: Patient): Promise<Finding[]> {
  const findings = new Findings('disk');
  const folder = nearestFolder(journalPath);
  const { bavail, blocks, bsize, type } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const about = folder;
  const mayGrowBytes = Math.max(0, config.journal.maxMegabytes * 1024 * 1024 - sizeOf(journalPath));
  const free = `${Math.round(freeBytes / MEGABYTE)} MB free`;
  if (freeBytes < LEAST_FREE_BYTES)
    findings.failed('disk-full', `${free}: the journal can hardly be written`, { about, remedy: 'make room on it' });
  else if (freeBytes < LITTLE_FREE_BYTES || freeBytes < mayGrowBytes)
    findings.warning('disk-small', `${free}; the journal may grow by ${Math.round(mayGrowBytes / MEGABYTE)} MB`, {
      about,
      remedy: 'make room on it, or set a smaller journal.maxMegabytes',
    });
  else findings.ok('disk', free, about);
  if (type === TMPFS_MAGIC)
    findings.failed('disk-memory', 'it is in memory: a power cut loses the history', {
      about,
      remedy: 'set journal.path to a place on a disk or card',
    });
  const wear = daemon && writtenBy(daemon.pid);
  if (wear) {
    const dayBytes = (wear.bytes / Math.max(wear.seconds, 1)) * DAY_SECONDS;
    const years = (blocks * bsize) / dayBytes / 365;
    const words = `the daemon writes ${Math.round(dayBytes / MEGABYTE)} MB a day`;
    // Of less than an hour, the start is the most.
    if (wear.seconds >= 3600)
      findings.ok('wear', `${words}: this disk is written over once in ${years.toFixed(1)} years`, about);
    else findings.skipped('wear', `${words} so far; that tells something after an hour`, { about });
  } else findings.skipped('wear', 'how fast it wears is told while the daemon runs', { about });
  return findings.list;
}

/** What a process has had written to disks since it was started; null when it can't be told. */
function writtenBy(pid: number): { bytes: number; seconds: number } | null {
  try {
    const bytes = Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    // proc(5): the 22nd field, in ticks of 1/100 s; the second may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const seconds = uptime - Number(fields[19]) / 100;
    return Number.isFinite(bytes) && Number.isFinite(seconds) ? { bytes, seconds } : null;
  } catch {
    return null;
  }
}

/** May we do what must be done, and can't others? */
export async function checkPermissions({
  config,
  file,
  journalPath,
}: Pick<Patient, 'config' | 'file' | 'journalPath'>): Promise<Finding[]> {
  const findings = new Findings('permissions');
  const mode = statSync(file).mode;
  if ((mode & 0o002) !== 0)
    findings.failed('config-open', `anybody on this machine may change ${file}, and so what is switched`, {
      about: file,
      remedy: `chmod o-w ${file}`,
    });
  else findings.ok('config-mode', `only its owner and group may change ${file}`, file);
  const folder = nearestFolder(journalPath);
  for (const path of existsSync(journalPath) ? [folder, journalPath] : [folder]) {
    if (mayWrite(path)) findings.ok('writable', `${path} can be written`, path);
    else
      findings.failed('not-writable', `this user may not write ${path}`, {
        about: path,
        remedy: `run the doctor as the user of offair, or chown ${path} to it`,
      });
  }
  if (existsSync(journalPath) && (statSync(journalPath).mode & 0o004) !== 0)
    findings.warning(
      'journal-open',
      `anybody on this machine may read ${journalPath}: who was in the studio, and when`,
      {
        about: journalPath,
        remedy: `chmod 600 ${journalPath}`,
      },
    );
  const { mqtt } = config;
  for (const key of [mqtt?.key, mqtt?.embedded?.tls?.key]) {
    if (key === undefined) continue;
    const mode = statSync(key, { throwIfNoEntry: false })?.mode;
    if (mode === undefined)
      findings.failed('key-missing', `there is no file ${key}`, { about: key, remedy: 'correct it in studio.yaml' });
    else if ((mode & 0o007) !== 0)
      findings.warning('key-open', `anybody on this machine may use the key ${key}`, {
        about: key,
        remedy: `chmod 600 ${key}`,
      });
    else findings.ok('key-mode', `${key} is kept`, key);
  }
  return findings.list;
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The folder of a file, or the nearest above it that is there. */
function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
