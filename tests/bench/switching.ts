import { systemClock as clock } from '../../daemon/clock.ts';
import { startSwitchableStudio } from './switchable-studio.ts';
import { spreadOf } from './timing.ts';

const PLUGS = 50;
const ROUNDS = 25;
const GRACE_MS = 1000;
const LOOK_MS = 10;

interface Entry {
  at: string;
  to: string;
  outcome: string;
}

/**
 * The whole daemon with simulated Shelly plugs, in another process, that are all restored by a live and all cut after
 * it: from the moment that decides (the request that begins the session; the end of the grace period) to the first
 * relay that goes over, and until the log has all of them as verified.
 */
export async function bench(): Promise<Record<string, unknown>> {
  const studio = await startSwitchableStudio(PLUGS, { graceSeconds: GRACE_MS / 1000, staggerSeconds: 0 });
  const api = async (path: string, init?: RequestInit) => (await fetch(`${studio.url}/api/v1/${path}`, init)).json();

  const first: Record<string, number[]> = { on: [], off: [] };
  const all: Record<string, number[]> = { on: [], off: [] };
  let unverified = 0;
  /** @param fromMs the moment that decides */
  const measure = async (to: 'on' | 'off', fromMs: number) => {
    first[to]?.push((await studio.relayMs()) - fromMs);
    for (;;) {
      const { entries }: { entries: Entry[] } = await api(`switching/log?limit=${PLUGS}`);
      const own = entries.filter((entry) => entry.to === to && Date.parse(entry.at) >= Math.floor(fromMs) - LOOK_MS);
      if (own.length === PLUGS) {
        all[to]?.push(clock.nowMs() - fromMs);
        unverified += own.filter(({ outcome }) => outcome !== 'verified').length;
        return;
      }
      await clock.sleep(LOOK_MS);
    }
  };
  const post = { method: 'POST' };
  await api('sessions', post);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { endedAt }: { endedAt: string } = await api('sessions/current/end', post);
    await measure('off', Date.parse(endedAt) + GRACE_MS);
    const fromMs = performance.timeOrigin + performance.now();
    await api('sessions', post);
    await measure('on', fromMs);
  }
  await studio.stop();
  const both = ({ on = [], off = [] }: Record<string, number[]>) => spreadOf([...on, ...off]);
  return {
    ...{ plugs: PLUGS, signals: 2 * ROUNDS, unverified, staggerSeconds: 0 },
    ...{ firstCommandMs: both(first), allVerifiedMs: both(all) },
    restore: { firstCommandMs: spreadOf(first.on ?? []), allVerifiedMs: spreadOf(all.on ?? []) },
    cut: { firstCommandMs: spreadOf(first.off ?? []), allVerifiedMs: spreadOf(all.off ?? []) },
    wanted: { firstCommandMsP99: 150, allVerifiedMs: 3000 },
  };
}
