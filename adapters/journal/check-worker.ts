/** A thread that reads all of a journal's file while the journal's own thread goes on with it, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { readWhole } from './database.ts';
import { isCorrupt } from './sqlite-error.ts';

try {
  readWhole(workerData);
} catch (error) {
  // Anything else, such as a file that is busy, says nothing of what is in it.
  if (isCorrupt(error)) parentPort?.postMessage((error as Error).message);
}
