import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { ACCESS } from '../../api/access.ts';
import { TestApi } from './inject.ts';

let api: TestApi;
beforeEach(() => {
  api = new TestApi();
});
afterEach(() => api.app.close());

const Schema = z.record(z.string(), z.unknown());
const Content = z.record(z.string(), z.strictObject({ schema: Schema }));
const Operation = z.strictObject({
  summary: z.string().min(5),
  description: z.string().optional(),
  tags: z.array(z.string()).length(1),
  parameters: z
    .array(
      z.strictObject({
        in: z.enum(['path', 'query']),
        name: z.string(),
        required: z.boolean(),
        description: z.string().optional(),
        schema: Schema,
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z
    .record(
      z.string().regex(/^([1-5]\d\d|[45]XX)$/),
      z.strictObject({ description: z.string(), content: Content.optional() }),
    )
    // Only an answer without a body, 204, says nothing of its content.
    .refine((all) =>
      Object.entries(all).every(([status, { content }]) => (status === '204') === (content === undefined)),
    ),
});
/** What OpenAPI 3.1 demands of a document, as far as ours goes. */
const Document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d$/),
  info: z
    .object({
      title: z.string(),
      version: z.string(),
      license: z.strictObject({ name: z.string(), identifier: z.string() }),
    })
    .loose(),
  servers: z.array(z.strictObject({ url: z.string() })),
  components: z.strictObject({ schemas: z.record(z.string().regex(/^\w+$/), Schema), securitySchemes: Schema }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'delete']), Operation)),
});

const document = async () => Document.parse((await api.get('/openapi.json')).json());

test('the document is OpenAPI 3.1 and all its references lead somewhere', async () => {
  const { components } = await document();
  const text = (await api.get('/openapi.json')).text;
  for (const [, name] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
    const schema = /^#\/components\/schemas\/(\w+)$/.exec(name ?? '')?.[1] ?? '';
    expect(Object.keys(components.schemas)).toContain(schema);
  }
  // Words of OpenAPI 3.0 and of older JSON Schema that 3.1 gave up.
  expect(text).not.toMatch(/"nullable"|"exclusiveMinimum":true|"definitions"|"example"/);
});

test('it has every route of the API, with the parameters of its path', async () => {
  const { paths } = await document();
  const undocumented = /^GET \/($|overlay|web|docs|openapi)/;
  const expected = Object.keys(ACCESS).filter((route) => !undocumented.test(route));
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(documented.sort()).toEqual(expected.sort());
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const inPath = operation.parameters?.filter((one) => one.in === 'path').map((one) => one.name) ?? [];
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  }
});

test('it describes what is sent and what is answered', async () => {
  const { paths, components } = await document();
  const command = paths['/api/v1/plugs/{id}/commands']?.post;
  expect(command?.requestBody?.content['application/json']?.schema).toMatchObject({
    properties: { power: { enum: ['on', 'off'] } },
    required: ['power'],
    additionalProperties: false,
  });
  expect(Object.keys(command?.responses ?? {})).toEqual(['202', '4XX', '5XX']);
  expect(command?.responses['4XX']?.content).toHaveProperty('application/problem+json');
  expect(components.schemas.Status).toMatchObject({ properties: { watts: { type: 'number' } } });
});

test('the documentation page loads nothing from elsewhere', async () => {
  const page = await api.get('/docs');
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
});
