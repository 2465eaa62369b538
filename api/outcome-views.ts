/** Savings from the daemon's words to the API's. */
import type { z } from 'zod';
import { iso } from '../model/iso.ts';
import type { Cut, Saving } from '../model/savings.ts';
import type * as schemas from './outcome-schemas.ts';

export function savingView(saving: Saving): z.output<typeof schemas.Saving> {
  const { cuts, offMs, coverage, grossWh, ownWh, wh, grams, unpricedWh, origins, euro } = saving;
  return { cuts, offSeconds: offMs / 1000, coverage, grossWh, ownWh, wh, grams, unpricedWh, origins, euro };
}

export function cutView({ plug, atMs, standbyWatts, readings, dryRun }: Cut) {
  return { plug, since: iso(atMs), standbyWatts, readings, dryRun };
}
