import type { Health } from '../../adapters/influx/line-protocol.ts';

/** A studio of eight plugs in a live, one of them not heard. */
export const HEALTH: Health = {
  ...{ version: '1.2.3', phase: 'live', onAir: true, dryRun: false, watts: 330, alarms: 0 },
  ...{ uptimeSeconds: 60, residentMegabytes: 120.5, plugs: 8, plugsOnline: 7, problems: 1, readings: 400 },
  ...{ readingsDropped: 0, pendingPoints: 3, quarantinedPoints: 0, droppedPoints: 0 },
};
