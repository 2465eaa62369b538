import { z } from 'zod';
import { PlugProtocolError } from '../../model/errors.ts';
import { type Answer, insist, resultOf, type SmartProtocol } from './protocol.ts';

/** No strip has more outlets; a device that says so is none. */
export const MOST_OUTLETS = 64;

const sumSchema = z.int().min(0).max(MOST_OUTLETS);
const pageSchema = z.array(z.record(z.string(), z.unknown()));

/**
 * All entries of a strip's list of outlets, of which it tells a page at a time, in an order of its own.
 * @param first what it answered for the first page, where that was asked already
 * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
 */
export async function wholeList(
  protocol: SmartProtocol,
  who: string,
  [method, key]: readonly [method: string, key: string],
  first?: Answer,
): Promise<Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = [];
  for (let answer = first; ; answer = undefined) {
    const request = { method, params: { start_index: entries.length } };
    const result = answer ? resultOf(answer, who, method) : await insist(protocol, who, request);
    const page = pageSchema.safeParse(result[key]);
    const sum = sumSchema.safeParse(result.sum);
    if (!page.success || !sum.success) throw new PlugProtocolError(`${who} answered ${method} with no list of outlets`);
    entries.push(...page.data);
    if (page.data.length === 0 || entries.length >= sum.data) return entries;
  }
}

export const OUTLET_LIST = ['get_child_device_list', 'child_device_list'] as const;
export const OUTLET_COMPONENTS = ['get_child_device_component_list', 'child_component_list'] as const;
