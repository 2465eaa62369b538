import { z } from 'zod';
import { LANGUAGES } from '../badge.ts';
import type { ApiDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { IdParams } from '../question-schemas.ts';
import { PAGE_POLICY, page } from '../report/page.ts';
import { POSTERS, type PosterSize } from '../report/poster.ts';
import { type Drawing, RendererBusy } from '../report/renderer.ts';
import { ReportSchema } from '../report-schema.ts';
import { type Api, answers, PREFIX } from './api.ts';

const SIZES = Object.keys(POSTERS) as [PosterSize, ...PosterSize[]];
const ReportQuery = z.strictObject({
  format: z.enum(['html', 'json', 'png', 'pdf']).default('html'),
  lang: z.enum(LANGUAGES).default('fr'),
  size: z.enum(SIZES).default('card').describe('Of a PNG. story: 1080 × 1920; card: 1200 × 630'),
});

const bytes = { schema: z.string().meta({ format: 'binary' }) };
const REPORT = {
  ...answers(200, ReportSchema),
  200: {
    description: 'The report',
    content: {
      'text/html': { schema: z.string() },
      'application/json': { schema: ReportSchema },
      'image/png': bytes,
      'application/pdf': bytes,
    },
  },
};

/** The report of a live, in four forms of one content. */
export function reportRoutes(api: Api, deps: ApiDeps): void {
  const draw = async (report: Parameters<ApiDeps['draw']>[0], drawing: Drawing) => {
    try {
      return await deps.draw(report, drawing);
    } catch (error) {
      throw error instanceof RendererBusy ? new Problem('not-ready', error.message) : error;
    }
  };

  api.get(
    `${PREFIX}/sessions/:id/report`,
    {
      schema: {
        tags: ['sessions'],
        summary: 'The report of a live: page, image for social media, PDF, data',
        description: 'Worked out of the journal as it is now: what providers have restated since is in it.',
        params: IdParams,
        querystring: ReportQuery,
        response: REPORT,
      },
    },
    async (request, reply) => {
      const { format, lang: language, size } = request.query;
      const { id } = request.params;
      const report = await deps.report(id);
      if (!report)
        throw new Problem('not-found', `there is no session ${JSON.stringify(id)}: GET ${PREFIX}/sessions lists them`);
      const name = `offair-${report.session.id.replaceAll(/[^\w-]/g, '')}-${format === 'png' ? `${size}-` : ''}${language}.${format}`;
      reply.header('content-disposition', `inline; filename="${name}"`).serializer(String);
      if (format === 'json') return reply.type('application/json').send(JSON.stringify(report));
      if (format === 'html')
        return reply
          .header('content-security-policy', `${PAGE_POLICY}; frame-ancestors 'none'`)
          .type('text/html; charset=utf-8')
          .send(page(report, language));
      const drawing: Drawing = format === 'png' ? { format, language, size } : { format, language };
      const drawn = await draw(report, drawing);
      return reply.type(format === 'png' ? 'image/png' : 'application/pdf').send(Buffer.from(drawn) as never);
    },
  );
}
