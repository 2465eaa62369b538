import type { z } from 'zod';
import { PlugProtocolError } from '../model/errors.ts';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** undefined for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws PlugProtocolError that names `what` and shows the beginning of the text */
export function parseObject(text: string, what: string): Record<string, unknown> {
  const value = jsonOf(text);
  if (isObject(value)) return value;
  throw new PlugProtocolError(`${what} is no JSON object: ${JSON.stringify(text.slice(0, 60))}`, {
    reason: 'unreadable',
  });
}

/** What a device answered, as it should be. @throws PlugProtocolError that names `who` and what is wrong with it */
export function parsed<Schema extends z.ZodType>(schema: Schema, body: string, who: string): z.output<Schema> {
  const json = jsonOf(body);
  if (json === undefined) throw new PlugProtocolError(`${who} answered what is not JSON`, { reason: 'unreadable' });
  const { data, error } = schema.safeParse(json);
  if (!error) return data as z.output<Schema>;
  const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`);
  throw new PlugProtocolError(`${who} answered something else (${issues.join(', ')})`);
}
