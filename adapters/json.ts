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
