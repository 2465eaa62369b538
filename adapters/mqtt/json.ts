import { PlugProtocolError } from '../../model/errors.ts';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws PlugProtocolError that names `what` and shows the beginning of the text */
export function parseObject(text: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below, like any other text that is no object.
  }
  throw new PlugProtocolError(`${what} is no JSON object: ${JSON.stringify(text.slice(0, 60))}`, {
    reason: 'unreadable',
  });
}
