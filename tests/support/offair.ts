import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../daemon/offair.ts', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  /** Everything it said so far. */
  output(): string;
  /** Resolves when it ended. */
  finished: Promise<Finished>;
}

/** Runs the `offair` command as a person or systemd would, with nothing of this environment but PATH. */
export function startOffair(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return { process: child, output: () => stdout + stderr, finished };
}

export function offair(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return startOffair(args, env).finished;
}
