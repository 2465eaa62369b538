import type { Pricing } from './emissions.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from './energy.ts';
import type { IntensityPoint } from './intensity.ts';
import { wallParts } from './local-day.ts';

const WEEK_MS = 7 * 86_400_000;
export const TYPICAL_WEEKS = 4;
/** One week alone is chance. */
const LEAST_WEEKS = 2;

/**
 * What stands in for a forecast: for each quarter hour the mean of the same weekday and local time of the last four
 * weeks. A quarter hour that fewer than two of them know is left out. Of one provider and factor type only: those of the
 * newest week. Yearly averages are not looked at: they know no hours.
 */
export function typicalPoints(
  price: Pricing,
  fromMs: number,
  toMs: number,
  nowMs: number,
  timeZone: string,
): IntensityPoint[] {
  const points: IntensityPoint[] = [];
  for (let startMs = quarterHourStart(fromMs); startMs < toMs; startMs += QUARTER_HOUR_MS) {
    const known = Array.from({ length: TYPICAL_WEEKS }, (_, index) => {
      const pastMs = weeksBefore(startMs, index + 1, timeZone);
      const point = pastMs < nowMs ? price(pastMs) : null;
      return point && point.status !== 'static' ? point : null;
    }).filter((point) => point !== null);
    const first = known[0];
    const alike = known.filter((one) => one.provider === first?.provider && one.factorType === first.factorType);
    if (!first || alike.length < LEAST_WEEKS) continue;
    const gramsPerKwh = alike.reduce((sum, one) => sum + one.gramsPerKwh, 0) / alike.length;
    const { heldFromMs: _held, lowCarbonShare: _share, ...like } = first;
    points.push({
      ...like,
      startMs,
      endMs: startMs + QUARTER_HOUR_MS,
      gramsPerKwh,
      status: 'forecast',
      provider: `typical-${first.provider}`,
      fetchedAtMs: nowMs,
    });
  }
  return points;
}

/** The same local time, also across a change of the clocks. */
function weeksBefore(atMs: number, weeks: number, timeZone: string): number {
  const guessMs = atMs - weeks * WEEK_MS;
  const minutes = (ms: number) => {
    const { hour, minute } = wallParts(ms, timeZone);
    return hour * 60 + minute;
  };
  const lateMinutes = ((minutes(guessMs) - minutes(atMs) + 36 * 60) % (24 * 60)) - 12 * 60;
  return guessMs - lateMinutes * 60_000;
}
