import type { z } from 'zod';
import { attributionsOf } from '../../model/attributions.ts';
import { allowedWindows, IntensityCurve, roundedSlot, type Slot, savingOf } from '../../model/best-slot.ts';
import { iso } from '../../model/iso.ts';
import { type LocalHours, localHours } from '../../model/local-day.ts';
import * as schemas from '../carbon-schemas.ts';
import type { ApiDeps } from '../deps.ts';
import type { Forecast } from '../insight.ts';
import { Problem } from '../problem.ts';
import { intensityView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

const HOUR_MS = 3_600_000;
const USUAL_MS = 24 * HOUR_MS;
/** No provider looks further ahead. */
const LONGEST_MS = 8 * 24 * HOUR_MS;

/** What the grid will emit, and when a live would cost the least. */
export function forecastRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['carbon'];

  api.get(
    `${PREFIX}/intensity/forecast`,
    {
      schema: {
        tags,
        summary: 'Carbon intensity of the coming hours',
        description:
          'From now on unless asked otherwise. Where no provider forecasts, a typical week stands in, marked so.',
        querystring: schemas.ForecastQuery,
        response: answers(200, schemas.ForecastAnswer),
      },
    },
    async (request) => {
      const { fromMs, toMs } = aheadOf(request.query, deps.nowMs());
      const forecast = await deps.insight.forecast(fromMs, toMs);
      const { kind, points } = forecast;
      const [until, attributions] = [coveredUntil(forecast), attributionsFor(forecast)];
      return { kind, points: points.map(intensityView), coveredUntil: until, attributions };
    },
  );

  api.get(
    `${PREFIX}/intensity/best-slot`,
    {
      schema: {
        tags,
        summary: 'When a live would emit the least, and whether moving it is worth it',
        description:
          'Exact for the forecast it has. Recommended only when it saves at least 5 % and at least 5 g: in France it mostly does not.',
        querystring: schemas.BestSlotQuery,
        response: answers(200, schemas.BestSlotAnswer),
      },
    },
    async (request) => {
      const nowMs = deps.nowMs();
      const { planned: plannedMs, durationMinutes, hours } = request.query;
      const { fromMs, toMs } = aheadOf(request.query, nowMs);
      if (plannedMs !== undefined && Math.abs(plannedMs - nowMs) > LONGEST_MS) throw tooFar('planned', iso(plannedMs));
      const watts = request.query.watts ?? (await deps.insight.usualWatts());
      // Now and the planned time are compared with, also when they are outside of what is asked.
      const times = [nowMs, plannedMs ?? nowMs];
      const durationMs = durationMinutes * 60_000;
      const forecast = await deps.insight.forecast(
        Math.min(fromMs, ...times),
        Math.min(Math.max(toMs, ...times.map((ms) => ms + durationMs)), nowMs + LONGEST_MS),
      );
      const question = { nowMs, fromMs: Math.max(fromMs, nowMs), toMs, durationMs, plannedMs, watts };
      return bestSlot(forecast, { ...question, hours: hours ? localHours(hours) : null }, deps.studio.timeZone);
    },
  );
}

interface Question {
  nowMs: number;
  fromMs: number;
  toMs: number;
  durationMs: number;
  hours: LocalHours | null;
  plannedMs: number | undefined;
  watts: number | null;
}

function bestSlot(
  forecast: Forecast,
  { nowMs, fromMs, toMs, durationMs, hours, plannedMs, watts }: Question,
  timeZone: string,
): z.output<typeof schemas.BestSlotAnswer> {
  const curve = new IntensityCurve(forecast.points);
  const windows = hours ? allowedWindows(hours, fromMs, toMs, timeZone) : [{ startMs: fromMs, endMs: toMs }];
  const exact = curve.best(durationMs, fromMs, toMs, windows);
  const fits = (ms: number) => windows.some(({ startMs, endMs }) => startMs <= ms && ms + durationMs <= endMs);
  const best = exact && roundedSlot(curve, exact, fits);
  const comparison = (startMs: number) => {
    const gramsPerKwh = curve.mean(startMs, durationMs);
    if (gramsPerKwh === null || !best) return null;
    const slot = { startMs, endMs: startMs + durationMs, gramsPerKwh };
    return { slot, saving: savingOf(slot, best, watts ?? 0) };
  };
  const now = comparison(nowMs);
  const planned = plannedMs === undefined ? null : comparison(plannedMs);
  const against = planned ?? now;
  const view = (one: ReturnType<typeof comparison>) =>
    one && {
      slot: slotView(one.slot),
      savedGrams: watts === null ? null : one.saving.grams,
      savedShare: one.saving.share,
    };
  const first = forecast.points[0];
  return {
    kind: forecast.kind,
    provider: first?.provider ?? null,
    factorType: first?.factorType ?? null,
    best: best && slotView(best),
    now: view(now),
    planned: view(planned),
    watts,
    recommended: watts !== null && (against?.saving.worthIt ?? false),
    coveredUntil: coveredUntil(forecast),
    attributions: attributionsFor(forecast),
    why: [...verdict(forecast.points.length, best, against?.saving ?? null, watts), ...shortness(forecast, toMs)].join(
      ' ',
    ),
  };
}

function verdict(
  known: number,
  best: Slot | null,
  saving: ReturnType<typeof savingOf> | null,
  watts: number | null,
): string[] {
  if (known === 0)
    return ['Nothing is known of the coming hours: no provider forecasts, and less than two weeks were kept.'];
  if (!best) return ['The live fits nowhere in the hours for which the grid is known.'];
  if (!saving) return ['The grid is not known for the time to compare with.'];
  if (watts === null) return ['How much a live draws is not known yet: give watts, to know what moving it saves.'];
  const grams = `${Math.max(0, saving.grams).toFixed(1)} g (${Math.round(Math.max(0, saving.share) * 100)} %)`;
  return saving.worthIt
    ? [`Moving the live saves ${grams}.`]
    : [`Moving the live saves ${grams}: less than 5 % or 5 g, not worth it.`];
}

function shortness(forecast: Forecast, toMs: number): string[] {
  const endMs = forecast.points.at(-1)?.endMs ?? 0;
  return [
    ...(forecast.kind === 'typical' && forecast.points.length > 0
      ? ['No provider forecasts: a typical week of the last four stands in.']
      : []),
    ...(forecast.points.length > 0 && endMs < toMs ? [`Only the time up to ${iso(endMs)} is covered.`] : []),
  ];
}

function slotView({ startMs, endMs, gramsPerKwh }: Slot): z.output<typeof schemas.BestSlotAnswer>['best'] & object {
  return { start: iso(startMs), end: iso(endMs), gramsPerKwh };
}

function coveredUntil({ points }: Forecast): string | null {
  const last = points.at(-1);
  return last ? iso(last.endMs) : null;
}

function attributionsFor({ points }: Forecast): string[] {
  return attributionsOf(points.map(({ provider }) => provider));
}

/** The asked part of the future, by default the coming 24 hours. */
function aheadOf(
  query: { from?: number | undefined; to?: number | undefined },
  nowMs: number,
): { fromMs: number; toMs: number } {
  const fromMs = query.from ?? nowMs;
  const toMs = query.to ?? fromMs + USUAL_MS;
  if (fromMs >= toMs || toMs > nowMs + LONGEST_MS || fromMs < nowMs - LONGEST_MS) {
    throw tooFar('to', `${iso(fromMs)} to ${iso(toMs)}`);
  }
  return { fromMs, toMs };
}

function tooFar(name: string, found: string): Problem {
  const error = { field: `query.${name}`, found, expected: 'a time in the coming eight days' };
  return new Problem('validation-failed', `${error.field}: expected ${error.expected}, found ${found}`, {
    errors: [error],
  });
}
