import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { studioSchema } from '../../config/schema.ts';
import { systemClock as clock, systemRandom as random } from '../../daemon/clock.ts';
import { startDaemon } from '../../daemon/run.ts';
import { freePort } from '../support/offair.ts';

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
  const names = Array.from({ length: PLUGS }, (_, n) => `shellyplugsg3-02be${n.toString(16).padStart(8, '0')}`);
  const script = fileURLToPath(new URL('switching-plugs.ts', import.meta.url));
  const plugs = spawn(process.execPath, [script, ...names], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(plugs.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}') as { brokerUrl?: string; firstMs?: number };
  const { brokerUrl } = await next();
  const folder = mkdtempSync(join(tmpdir(), 'offair-bench-'));
  const daemon = await startDaemon({
    config: studioSchema.parse({
      studio: { id: 'bench', name: 'Bench' },
      discovery: { interface: '127.0.0.1' },
      api: { port: await freePort() },
      mqtt: { url: brokerUrl },
      switching: { dryRun: false, graceSeconds: GRACE_MS / 1000, staggerSeconds: 0, maxSwitchesPerHour: 60 },
      plugs: names.map((device, index) => ({
        ...{ id: `plug-${index}`, name: device, adapter: 'shelly', device, pollSeconds: 10 },
        ...{ essential: false, idleWatts: 'any', quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0 },
      })),
    }),
    journalPath: join(folder, 'journal.sqlite'),
    demo: false,
    ...{ clock, random, log: pino({ level: 'silent' }), secret: () => undefined, onLost: () => {} },
    intensitySources: [],
  });
  const api = async (path: string, init?: RequestInit) => (await fetch(`${daemon.url}/api/v1/${path}`, init)).json();
  const ready = async () => (await fetch(`${daemon.url}/readyz`)).ok;
  while (!(await ready())) await clock.sleep(100);

  const first: Record<string, number[]> = { on: [], off: [] };
  const all: Record<string, number[]> = { on: [], off: [] };
  let unverified = 0;
  /** @param fromMs the moment that decides */
  const measure = async (to: 'on' | 'off', fromMs: number) => {
    const { firstMs = Number.NaN } = await next();
    first[to]?.push(firstMs - fromMs);
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
  await daemon.stop();
  plugs.stdin.end();
  rmSync(folder, { recursive: true, force: true });
  const both = ({ on = [], off = [] }: Record<string, number[]>) => spread([...on, ...off]);
  return {
    ...{ plugs: PLUGS, signals: 2 * ROUNDS, unverified, staggerSeconds: 0 },
    ...{ firstCommandMs: both(first), allVerifiedMs: both(all) },
    restore: { firstCommandMs: spread(first.on ?? []), allVerifiedMs: spread(all.on ?? []) },
    cut: { firstCommandMs: spread(first.off ?? []), allVerifiedMs: spread(all.off ?? []) },
    wanted: { firstCommandMsP99: 150, allVerifiedMs: 3000 },
  };
}

function spread(values: number[]): { p50: number; p99: number; most: number } {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}
