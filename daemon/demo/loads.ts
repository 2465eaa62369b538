import type { Load } from '../../adapters/simulator/outlet.ts';
import type { PlugKind } from '../../model/plug.ts';
import type { Phase } from '../../model/ports.ts';

/** What hangs on a plug of the demo studio. */
export interface Appliance {
  kind: PlugKind;
  bootDelayMs: number;
  /** In each phase of the studio, before jitter. */
  watts: Record<Phase, number>;
  /** How it may be cut; left out: it is essential. */
  cut?: { idleWatts: number | 'any'; quietSeconds: number };
}

// Lights are forgotten after the live: that is what the cut is for.
const LIGHT = { kind: 'light', bootDelayMs: 400, cut: { idleWatts: 'any', quietSeconds: 0 } } as const;

/** What the demo studio's appliances draw. Made up, in the range of what studios measure. */
export const APPLIANCES = {
  camera: {
    ...{ kind: 'camera', bootDelayMs: 3000 },
    watts: { standby: 4.2, setup: 13.5, rehearsal: 14.1, live: 14.6, wrap: 13.5 },
  },
  keyLight: { ...LIGHT, watts: { standby: 88, setup: 88, rehearsal: 152, live: 156, wrap: 110 } },
  fillLight: { ...LIGHT, watts: { standby: 41, setup: 41, rehearsal: 60, live: 63, wrap: 41 } },
  streamingPc: {
    ...{ kind: 'pc', bootDelayMs: 12_000, cut: { idleWatts: 5, quietSeconds: 60 } },
    watts: { standby: 2.4, setup: 74, rehearsal: 128, live: 171, wrap: 82 },
  },
  encoderPc: {
    ...{ kind: 'encoder', bootDelayMs: 12_000 },
    watts: { standby: 61, setup: 66, rehearsal: 104, live: 127, wrap: 70 },
  },
  monitor: {
    ...{ kind: 'monitor', bootDelayMs: 2000, cut: { idleWatts: 3, quietSeconds: 30 } },
    watts: { standby: 0.6, setup: 31, rehearsal: 31.5, live: 31.5, wrap: 31 },
  },
  audioAmp: {
    ...{ kind: 'audio', bootDelayMs: 1500, cut: { idleWatts: 12, quietSeconds: 30 } },
    watts: { standby: 9.1, setup: 18, rehearsal: 24, live: 26, wrap: 17 },
  },
  networkSwitch: {
    ...{ kind: 'network', bootDelayMs: 5000 },
    watts: { standby: 9.8, setup: 9.8, rehearsal: 9.8, live: 9.8, wrap: 9.8 },
  },
} satisfies Record<string, Appliance>;

/**
 * A load that follows the studio's phase, with a jitter of ±2 % that changes every second.
 * @param seed makes the jitter of each load its own
 */
export function loadOf({ watts }: Appliance, phase: () => Phase, seed: number): Load {
  return (monotonicMs) => {
    const second = Math.floor(monotonicMs / 1000);
    // A hash of the second in [-1, 1): the same for whoever asks within it.
    const noise = (Math.imul(second ^ (seed * 0x9e3779b1), 0x85ebca6b) >> 8) / 0x800000;
    return watts[phase()] * (1 + 0.02 * noise);
  };
}
