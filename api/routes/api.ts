import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { ProblemDocument } from '../schemas.ts';

/** The Fastify instance whose routes are typed by their zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export const PREFIX = '/api/v1';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});

/** The documented answers of a route: the good one, and a problem document for each of `problems`. */
export function answers<Status extends number, Schema extends z.ZodType>(
  status: Status,
  schema: Schema,
): Record<Status, Schema> & Record<'4xx' | '5xx', ReturnType<typeof problem>> {
  return {
    [status]: schema,
    '4xx': problem('Refused: `code` says why'),
    '5xx': problem('Failed here'),
  } as Record<Status, Schema> & Record<'4xx' | '5xx', ReturnType<typeof problem>>;
}
