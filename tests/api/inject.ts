import type { FastifyInstance } from 'fastify';
import { buildApi } from '../../api/app.ts';
import { ProblemDocument } from '../../api/schemas.ts';
import { FakeStudio, HOST } from '../support/fake-api-deps.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  json: () => unknown;
}

/** The API over a studio in memory, called without a socket. */
export class TestApi {
  readonly studio = new FakeStudio();
  readonly app: FastifyInstance = buildApi(this.studio);

  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('GET', url, undefined, headers);
  }

  post(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('POST', url, body, headers);
  }

  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'HEAD',
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
    remoteAddress = '127.0.0.1',
  ): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      remoteAddress,
      headers: { host: HOST, ...headers },
      ...(body === undefined ? {} : { payload: body as string | object }),
    });
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      text: response.body,
      json: () => response.json(),
    };
  }
}

/** Checks that the answer is a whole problem document and gives it. */
export function problemOf(answer: Answer) {
  if (answer.headers['content-type'] !== 'application/problem+json') {
    throw new Error(`not a problem document but ${answer.headers['content-type']}: ${answer.text.slice(0, 200)}`);
  }
  const problem = ProblemDocument.strict().parse(answer.json());
  if (problem.status !== answer.status) throw new Error(`says ${problem.status}, was sent as ${answer.status}`);
  return problem;
}
