import { QUARTER_HOUR_MS } from './energy.ts';
import { type LocalHours, wallParts } from './local-day.ts';

/** What a kWh costs, euro: always the same, or less in the off-peak hours (in France: heures creuses). */
export type Tariff =
  | { euroPerKwh: number }
  | { peakEuroPerKwh: number; offPeakEuroPerKwh: number; offPeakHours: readonly LocalHours[] };

const DAY_MINUTES = 24 * 60;

/**
 * Euro per kWh of the quarter hour that starts at `startMs`. Off-peak hours begin at any minute: a quarter hour that they
 * cut costs the mean. Hours are the clock's, so a day of 25 hours may have one more of them.
 */
export function euroPerKwh(tariff: Tariff, startMs: number, timeZone: string): number {
  if ('euroPerKwh' in tariff) return tariff.euroPerKwh;
  const { hour, minute } = wallParts(startMs, timeZone);
  const fromMinute = hour * 60 + minute;
  const length = QUARTER_HOUR_MS / 60_000;
  const cheap = tariff.offPeakHours
    .flatMap(withoutMidnight)
    .reduce((sum, hours) => sum + overlap(fromMinute, fromMinute + length, hours), 0);
  const share = Math.min(1, cheap / length);
  return share * tariff.offPeakEuroPerKwh + (1 - share) * tariff.peakEuroPerKwh;
}

function withoutMidnight({ fromMinute, toMinute }: LocalHours): LocalHours[] {
  return toMinute > fromMinute
    ? [{ fromMinute, toMinute }]
    : [
        { fromMinute, toMinute: DAY_MINUTES },
        { fromMinute: 0, toMinute },
      ];
}

function overlap(fromMinute: number, toMinute: number, hours: LocalHours): number {
  return Math.max(0, Math.min(toMinute, hours.toMinute) - Math.max(fromMinute, hours.fromMinute));
}
