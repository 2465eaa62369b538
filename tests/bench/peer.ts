import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of this folder, in a process of its own so that its CPU time is not the daemon's: it says lines of JSON. */
export interface Peer {
  pid: number;
  /** The line that told that it is ready. */
  first: ReturnType<typeof JSON.parse>;
  /** Its next line. */
  said(): Promise<unknown>;
  /** Gives it a line. */
  say(line: unknown): void;
  stop(): Promise<void>;
}

export async function startPeer(program: string, ...args: string[]): Promise<Peer> {
  const script = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said = async () => JSON.parse((await lines.next()).value ?? 'null');
  return {
    pid: child.pid ?? 0,
    first: await said(),
    said,
    say: (line) => void child.stdin.write(`${JSON.stringify(line)}\n`),
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}
