import { attributionsOf } from '../../model/attributions.ts';
import { iso } from '../../model/iso.ts';
import type { ApiDeps } from '../deps.ts';
import { daysFor, periodOf } from '../period.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { footprintView, intensityView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** A point is a quarter hour or five minutes. */
const LONGEST_INTENSITY_DAYS = 40;
/** 20 plugs for 400 days, 200 plugs for 40: some 800 000 quarter hours, read day by day. */
const MOST_PLUG_DAYS = 8000;

/** Energy and grams, and the intensity behind them. */
export function carbonRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['carbon'];

  api.get(
    `${PREFIX}/emissions`,
    {
      schema: {
        tags,
        summary: 'Measured energy and its emissions, by group',
        description:
          'Restated when providers revise their intensities: the last 24 hours may still change. At most 400 days, of more ' +
          'than 20 plugs fewer.',
        querystring: questions.EmissionsQuery,
        response: answers(200, schemas.Emissions),
      },
    },
    async (request) => {
      const { groupBy } = request.query;
      const longestDays = daysFor(deps.status().plugs.length, { plugDays: MOST_PLUG_DAYS });
      const { fromMs, toMs } = periodOf(request.query, deps.nowMs(), longestDays);
      const groups = await deps.emissions(fromMs, toMs, groupBy);
      return {
        from: iso(fromMs),
        to: iso(toMs),
        groupBy,
        groups: groups.map(({ key, footprint }) => ({ key, footprint: footprintView(footprint) })),
      };
    },
  );

  api.get(
    `${PREFIX}/intensity`,
    {
      schema: {
        tags,
        summary: 'Carbon intensity now and over the last day, or another period',
        querystring: questions.PeriodQuery,
        response: answers(200, schemas.Intensities),
      },
    },
    async (request) => {
      const { fromMs, toMs } = periodOf(request.query, deps.nowMs(), LONGEST_INTENSITY_DAYS);
      const { intensity } = deps.status();
      const points = await deps.intensities(fromMs, toMs);
      const lastGood = deps.lastGoodIntensity();
      const shown = [intensity, lastGood, ...points].filter((point) => point !== null);
      return {
        current: intensity && intensityView(intensity),
        points: points.map(intensityView),
        lastGood: lastGood && intensityView(lastGood),
        attributions: attributionsOf(shown.map(({ provider }) => provider)),
      };
    },
  );
}
