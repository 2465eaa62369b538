/** What plugs report of themselves (`Reading.flags`): which of it is a fault, in words, and which switches a plug off. */

/** A plug that reports one of these switches itself off, or is about to. */
const TRIPS: ReadonlyMap<string, string> = new Map([
  ['overheated', 'overheating'],
  ['overpower', 'too much power'],
  ['overcurrent', 'too much current'],
  ['charging-cut', 'that its charging protection cut the load'],
  ['overvoltage', 'too high a mains voltage'],
  ['undervoltage', 'too low a mains voltage'],
]);
/** Flags that say how a plug is set up, not that it is in trouble. */
const NO_FAULT: ReadonlySet<string> = new Set(['clock-unset', 'auto-off']);

/** Those of the flags that a technician must look at. What is not known counts as one. */
export function faultsAmong(flags: readonly string[]): string[] {
  return flags.filter((flag) => !NO_FAULT.has(flag));
}

/** Whether a plug with these flags switched itself off, or is about to: switching it on again would fight it. */
export function hasTripped(flags: readonly string[]): boolean {
  return flags.some((flag) => TRIPS.has(flag));
}

/** `its plug reports overheating`. */
export function faultText(flag: string): string {
  return `its plug reports ${TRIPS.get(flag) ?? flag.replaceAll('_', ' ')}`;
}
