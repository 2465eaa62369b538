import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * For Vitest: every temporary folder of a run is within one, which goes with the run. Hooks of files whose tests are all
 * skipped are not called, and what was begun within a test may write once more after it.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'offair-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
