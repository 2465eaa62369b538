/** Savings and alarms from the daemon's words to the API's. */
import type { z } from 'zod';
import { alarmText } from '../model/alarm-texts.ts';
import type { Alarm } from '../model/alarms.ts';
import type { Cut, Saving } from '../model/savings.ts';
import type * as alarms from './alarm-schema.ts';
import type * as schemas from './outcome-schemas.ts';
import { iso } from './views.ts';

export function savingView(saving: Saving): z.output<typeof schemas.Saving> {
  const { cuts, offMs, coverage, grossWh, ownWh, wh, grams, unpricedWh, origins, euro } = saving;
  return { cuts, offSeconds: offMs / 1000, coverage, grossWh, ownWh, wh, grams, unpricedWh, origins, euro };
}

export function cutView({ plug, atMs, standbyWatts, readings, dryRun }: Cut) {
  return { plug, since: iso(atMs), standbyWatts, readings, dryRun };
}

export function alarmView(alarm: Alarm): z.output<typeof alarms.Alarm> {
  const { id, code, data, severity, plug, acknowledged } = alarm;
  return {
    ...{ id, code, text: alarmText(alarm, 'en'), data, severity, plug },
    raisedAt: iso(alarm.raisedAtMs),
    clearedAt: alarm.clearedAtMs === null ? null : iso(alarm.clearedAtMs),
    acknowledged: acknowledged && { at: iso(acknowledged.atMs), by: acknowledged.by },
  };
}
