import { afterAll } from 'vitest';

/** Takes what ends the things that tests begin: done after all of them, the last first. */
export function endAfterAll(): (end: () => Promise<unknown>) => void {
  const ends: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });
  return (end) => void ends.push(end);
}
