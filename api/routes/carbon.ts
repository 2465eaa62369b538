import { attributionsOf } from '../../model/attributions.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import * as schemas from '../schemas.ts';
import { footprintView, intensityView, iso } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

const DAY_MS = 86_400_000;

/** Energy and grams, and the intensity behind them. */
export function carbonRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['carbon'];

  api.get(
    `${PREFIX}/emissions`,
    {
      schema: {
        tags,
        summary: 'Measured energy and its emissions, by group',
        description: 'Restated when providers revise their intensities: the last 24 hours may still change.',
        querystring: schemas.EmissionsQuery,
        response: answers(200, schemas.Emissions),
      },
    },
    async (request) => {
      const { groupBy } = request.query;
      const { fromMs, toMs } = periodOf(request.query, deps.nowMs());
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
        summary: 'Carbon intensity now and over the last day',
        response: answers(200, schemas.Intensities),
      },
    },
    async () => {
      const nowMs = deps.nowMs();
      const { intensity } = deps.status();
      const points = await deps.intensities(nowMs - DAY_MS, nowMs);
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
