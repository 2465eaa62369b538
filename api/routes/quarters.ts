import { compare } from '../../model/compare.ts';
import type { ApiDeps } from '../deps.ts';
import * as schemas from '../quarter-schema.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** A quarter as it may be published, and where the studio stands among others. */
export function quarterRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['advice'];

  api.get(
    `${PREFIX}/quarters/:quarter`,
    {
      schema: {
        tags,
        summary: 'The report of a quarter, without anything that names the studio',
        params: schemas.QuarterParams,
        response: answers(200, schemas.QuarterReport),
      },
    },
    async (request) => deps.insight.quarter(request.params.quarter),
  );

  api.post(
    `${PREFIX}/compare`,
    {
      schema: {
        tags,
        summary: 'Where a quarter of this studio stands among the reports that are sent',
        description: 'Keeps and changes nothing. Item by item, among reports of the same size where there are enough.',
        body: schemas.CompareBody,
        response: answers(200, schemas.Comparison),
      },
    },
    async (request) => {
      const report = await deps.insight.quarter(request.body.quarter);
      return { report, ...compare(report, request.body.reports) };
    },
  );
}
