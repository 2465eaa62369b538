import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { CodedText } from '../model/coded-text.ts';
import { SessionConflict } from './deps.ts';

/** One field of a request that is not as expected. */
export interface FieldError {
  /** Where: `body.power`, `query.from`. */
  field: string;
  found: string;
  expected: string;
}

/** The body of every error, RFC 9457, as `application/problem+json`. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors?: FieldError[];
  reasons?: CodedText[];
}

/** The stable codes that clients may rely on, with their status and title. */
export const PROBLEMS = {
  'bad-request': [400, 'The request cannot be read'],
  'validation-failed': [400, 'The request is not as expected'],
  'token-needed': [401, 'A token is needed'],
  'token-unknown': [401, 'The token is not known'],
  'host-refused': [403, 'This name is not served here'],
  'origin-refused': [403, 'Pages of other sites may not call this API'],
  'token-scope': [403, 'The token may not do this'],
  'not-found': [404, 'Not found'],
  'command-refused': [409, 'The command was refused'],
  'session-conflict': [409, 'The session is not in the state that this needs'],
  'body-too-large': [413, 'The body is too large'],
  'too-many-guesses': [429, 'Too many wrong tokens'],
  'not-json': [415, 'Only JSON is understood'],
  internal: [500, 'Something went wrong here'],
  'not-ready': [503, 'Not ready yet'],
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** An error that already knows how it is answered. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly more: Pick<ProblemBody, 'errors' | 'reasons'>;
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ProblemCode,
    detail: string,
    more: Pick<ProblemBody, 'errors' | 'reasons'> = {},
    retryAfterSeconds: number | null = null,
  ) {
    super(detail);
    this.code = code;
    this.more = more;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** @param what is not done, as the beginning of a sentence */
export function refusal(what: string, reasons: readonly CodedText[]): Problem {
  const why = reasons.map(({ text }) => text).join('; ');
  return new Problem('command-refused', `${what}: ${why}`, { reasons: [...reasons] });
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const [status, title] = PROBLEMS[problem.code];
  const body: ProblemBody = {
    type: `urn:offair:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    instance: request.url.slice(0, 200),
    code: problem.code,
    ...problem.more,
  };
  if (problem.retryAfterSeconds !== null) reply.header('retry-after', problem.retryAfterSeconds);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="offair"');
  // Serialised here: an error must not depend on the schema of the route that failed.
  return reply.code(status).type('application/problem+json').serializer(String).send(JSON.stringify(body));
}

/** Fastify's error handler. What is not foreseen is logged whole and answered without a word of it. */
export function onError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error, request);
  if (problem.code === 'internal')
    request.log.error({ event: 'request-failed', err: error, route: request.routeOptions.url }, 'request failed');
  return sendProblem(request, reply, problem);
}

export function onNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? '';
  return sendProblem(
    request,
    reply,
    new Problem('not-found', `nothing answers ${request.method} ${path.slice(0, 200)}`),
  );
}

function asProblem(error: FastifyError, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof SessionConflict)
    return new Problem('session-conflict', error.message, {
      reasons: [{ code: 'session-conflict', text: error.message, data: { detail: error.message } }],
    });
  if (error.validation) {
    const errors = error.validation.flatMap((issue) =>
      fieldErrors(issue, error.validationContext ?? 'request', request),
    );
    const fields = errors.map((e) => `${e.field}: expected ${e.expected}, found ${e.found}`);
    return new Problem('validation-failed', fields.join('; '), { errors });
  }
  switch (error.statusCode) {
    case 413:
      return new Problem('body-too-large', 'the body is larger than 64 kB');
    case 415:
      return new Problem('not-json', 'send the body as Content-Type: application/json');
    default:
      // Fastify's own messages on malformed requests say what is malformed and nothing of this machine.
      if (error.statusCode && error.statusCode < 500) return new Problem('bad-request', error.message);
      return new Problem('internal', 'the request failed for a reason that is in the log of offair');
  }
}

type Issue = NonNullable<FastifyError['validation']>[number];

function fieldErrors(issue: Issue, context: string, request: FastifyRequest): FieldError[] {
  const path = issue.instancePath.split('/').filter(Boolean);
  const place = context === 'querystring' ? 'query' : context;
  const unknownKeys = issue.keyword === 'unrecognized_keys' ? (issue.params.keys as string[]) : null;
  if (unknownKeys) {
    return unknownKeys.map((key) => ({
      field: [place, ...path, key.slice(0, 60)].join('.'),
      found: 'a field that is not known',
      expected: 'no such field',
    }));
  }
  const source = { body: request.body, querystring: request.query, params: request.params }[context];
  return [{ field: [place, ...path].join('.'), found: show(valueAt(source, path)), expected: expectation(issue) }];
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** zod's messages read `Invalid input: expected X, received Y`; our own schemas' messages are the expectation itself. */
function expectation(issue: Issue): string {
  const { values, expected } = issue.params as { values?: unknown[]; expected?: string };
  if (values) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (issue.keyword === 'invalid_type' && expected) return expected;
  return (issue.message ?? 'something else').replace(/^.*expected /, '');
}
