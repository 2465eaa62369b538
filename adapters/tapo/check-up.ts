import { z } from 'zod';
import type { CheckUp } from '../../model/ports.ts';
import type { Answer } from './protocol.ts';

/** A clock that was never set counts from the year 2000. */
const SET_SINCE_MS = Date.UTC(2020, 0, 1);

const defaultStates = z.discriminatedUnion('type', [
  z.object({ type: z.literal('last_states') }),
  z.object({ type: z.literal('custom'), state: z.object({ on: z.boolean() }) }),
]);

/**
 * @param device its `get_device_info`
 * @param outlet that of the outlet: the same where there is only one
 * @param time answer of `get_device_time`
 * @param nowMs UTC ms
 */
export function checkUpOf(
  device: Record<string, unknown>,
  outlet: Record<string, unknown>,
  time: Answer | undefined,
  nowMs: number,
): CheckUp {
  const seconds = time?.result?.timestamp;
  const timeMs = typeof seconds === 'number' ? seconds * 1000 : 0;
  return {
    model: textOf(device.model),
    firmware: textOf(device.fw_ver),
    powerOn: powerOnOf(outlet.default_states),
    clockAheadMs: timeMs < SET_SINCE_MS ? null : timeMs - nowMs,
  };
}

function powerOnOf(states: unknown): CheckUp['powerOn'] {
  const known = defaultStates.safeParse(states);
  if (!known.success) return null;
  if (known.data.type === 'last_states') return 'last';
  return known.data.state.on ? 'on' : 'off';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
