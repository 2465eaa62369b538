import { spawn } from 'node:child_process';
import type { Clock } from '../../model/clock.ts';

/** Of what it says, only the end is looked at. */
const TAIL_CHARACTERS = 1000;
const DETAIL_CHARACTERS = 200;

/**
 * Runs a program, without a shell and without offair's secrets. Resolves when it ended with 0.
 * @param argv the program and its arguments
 * @throws Error in words: what it ended with and its last line, that it took too long, or the signal's reason
 */
export function runCommand(
  argv: readonly string[],
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const [program = '', ...args] = argv;
    // A group of its own: what it has started ends with it.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: environment() });
    let tail = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        tail = (tail + text).slice(-TAIL_CHARACTERS);
      });
    const end = (why: Error) => {
      if (child.pid !== undefined) killGroup(child.pid);
      reject(why);
    };
    const cancel = clock.after(timeoutMs, () => end(new Error(`the command took longer than ${timeoutMs / 1000} s`)));
    const onAbort = () => end(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => reject(new Error(`the command could not be started: ${error.message}`)));
    child.on('close', (code, killedBy) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      if (code === 0) resolve('the command ended with 0');
      else reject(new Error(`the command ended with ${code ?? killedBy}${lastLine(tail)}`));
    });
  });
}

function lastLine(tail: string): string {
  const line = tail.trimEnd().split('\n').at(-1)?.trim();
  return line ? `: ${line.slice(0, DETAIL_CHARACTERS)}` : '';
}

function environment(): NodeJS.ProcessEnv {
  const ours = /^(OFFAIR_|CREDENTIALS_DIRECTORY$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
