import type { FakeClock } from './fake-clock.ts';
import { until } from './until.ts';

/** Lets time pass, `stepMs` at a go, until the promise is settled; for what waits for the network and for the clock. */
export async function passing<T>(clock: FakeClock, promise: Promise<T>, stepMs = 20): Promise<T> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  promise.then(end, end);
  await until('it is settled', async () => {
    await clock.advance(stepMs);
    return settled;
  });
  return promise;
}
