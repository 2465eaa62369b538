import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../daemon/clock.ts';
import { startOffair } from '../support/offair.ts';
import { freePort } from '../support/ports.ts';
import { longJournal } from './big-journal.ts';
import { startPeer } from './peer.ts';
import { spreadOf } from './timing.ts';

const MEGABYTES = 1000;
const ROUNDS = 5;
const ACCOUNT = { username: 'bench@example.com', password: 'a password for the bench' };

/**
 * From the start of the process to the first reading of a plug in the API, with a journal of 1 GB that is not in the
 * machine's memory, after a clean end and after SIGKILL; and the same with an empty journal.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const path = join(folder, 'journal.sqlite');
  const plug = await startPeer('tapo-plugs.ts', '1', ACCOUNT.username, ACCOUNT.password);
  try {
    const [plugPort] = plug.first;
    const run = (journal: string, signal: NodeJS.Signals) => startMs(folder, journal, plugPort, signal);
    await run(join(folder, 'warm-up.sqlite'), 'SIGTERM');
    const empty: number[] = [];
    const clean: number[] = [];
    const killed: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      empty.push(await run(join(folder, `empty-${round}.sqlite`), 'SIGTERM'));
    longJournal(path, MEGABYTES);
    const megabytes = Math.round(statSync(path).size / 1e6);
    for (let round = 0; round < ROUNDS; round++) clean.push(await run(path, 'SIGTERM'));
    for (let round = 0; round <= ROUNDS; round++) {
      const ms = await run(path, 'SIGKILL');
      if (round > 0) killed.push(ms);
    }
    const [emptyJournal, afterCleanEnd, afterKill] = [empty, clean, killed].map(spreadOf);
    return { journalMegabytes: megabytes, emptyJournal, afterCleanEnd, afterKill };
  } finally {
    await plug.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startMs(folder: string, journal: string, plugPort: number, signal: NodeJS.Signals): Promise<number> {
  const port = await freePort();
  const config = join(folder, 'studio.yaml');
  const plug = { id: 'plug', name: 'Plug', adapter: 'tapo', host: '127.0.0.1', port: plugPort };
  const studio = {
    studio: { id: 'bench', name: 'Bench' },
    api: { port },
    journal: { path: journal, maxMegabytes: 4000 },
  };
  writeFileSync(config, JSON.stringify({ ...studio, plugs: [plug] }));
  // Out of the machine's memory, as after a boot.
  spawnSync('dd', [`of=${journal}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
  const startedMs = systemClock.monotonicMs();
  const secrets = { OFFAIR_TAPO_USERNAME: ACCOUNT.username, OFFAIR_TAPO_PASSWORD: ACCOUNT.password };
  const daemon = startOffair(['run', '--config', config], secrets);
  // Asked seldom enough not to be in its way.
  const isRead = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/status`).catch(() => null);
    return answer !== null && ((await answer.json()) as { watts: number }).watts > 0;
  };
  while (!(await isRead())) await systemClock.sleep(25);
  const ms = systemClock.monotonicMs() - startedMs;
  // With some readings on the disk.
  if (signal === 'SIGKILL') await systemClock.sleep(6000);
  daemon.process.kill(signal);
  await daemon.finished;
  return Math.round(ms);
}
