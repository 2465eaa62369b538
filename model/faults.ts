/** What plugs report of themselves (`Reading.flags`): which of it is a fault, in words, and which switches a plug off. */
import { fill } from './coded-text.ts';

/** The words of a problem by its code; `fault-other` has the flag as the plug names it. */
export const FAULT_TEXTS = {
  'fault-overheated': '{name}: its plug reports overheating',
  'fault-overpower': '{name}: its plug reports too much power',
  'fault-overcurrent': '{name}: its plug reports too much current',
  'fault-charging-cut': '{name}: its plug reports that its charging protection cut the load',
  'fault-overvoltage': '{name}: its plug reports too high a mains voltage',
  'fault-undervoltage': '{name}: its plug reports too low a mains voltage',
  'fault-other': '{name}: its plug reports {flag}',
} as const;
export type FaultCode = keyof typeof FAULT_TEXTS;

/** Flags that say how a plug is set up, not that it is in trouble. */
const NO_FAULT: ReadonlySet<string> = new Set(['clock-unset', 'auto-off']);

/** Those of the flags that a technician must look at. What is not known counts as one. */
export function faultsAmong(flags: readonly string[]): string[] {
  return flags.filter((flag) => !NO_FAULT.has(flag));
}

export function faultCode(flag: string): FaultCode {
  const code = `fault-${flag}`;
  return Object.hasOwn(FAULT_TEXTS, code) ? (code as FaultCode) : 'fault-other';
}

/** Whether a plug with these flags switched itself off, or is about to: switching it on again would fight it. */
export function hasTripped(flags: readonly string[]): boolean {
  // Those that are known by name are all of this kind.
  return flags.some((flag) => faultCode(flag) !== 'fault-other');
}

/** The flag as people read it. */
export function flagWords(flag: string): string {
  return flag.replaceAll('_', ' ');
}

/** `Key light: its plug reports overheating`. */
export function faultText(name: string, flag: string): string {
  return fill(FAULT_TEXTS[faultCode(flag)], { name, flag: flagWords(flag) });
}
