import type { Load } from '../../adapters/simulator/outlet.ts';
import type { Phase } from '../../model/ports.ts';

/** Watts of one appliance in each phase of the studio, before jitter. */
type Profile = Record<Phase, number>;

const always = (watts: number): Profile => ({
  standby: watts,
  setup: watts,
  rehearsal: watts,
  live: watts,
  wrap: watts,
});

/** What the demo studio's appliances draw. Made up, in the range of what studios measure. */
export const PROFILES = {
  camera: { standby: 4.2, setup: 13.5, rehearsal: 14.1, live: 14.6, wrap: 13.5 },
  // Lights are forgotten after the live: that is what the cut is for.
  keyLight: { standby: 88, setup: 88, rehearsal: 152, live: 156, wrap: 110 },
  fillLight: { standby: 41, setup: 41, rehearsal: 60, live: 63, wrap: 41 },
  streamingPc: { standby: 2.4, setup: 74, rehearsal: 128, live: 171, wrap: 82 },
  encoderPc: { standby: 61, setup: 66, rehearsal: 104, live: 127, wrap: 70 },
  monitor: { standby: 0.6, setup: 31, rehearsal: 31.5, live: 31.5, wrap: 31 },
  audioAmp: { standby: 9.1, setup: 18, rehearsal: 24, live: 26, wrap: 17 },
  networkSwitch: always(9.8),
} satisfies Record<string, Profile>;

/**
 * A load that follows the studio's phase, with a jitter of ±2 % that changes every second.
 * @param seed makes the jitter of each load its own
 */
export function loadOf(profile: Profile, phase: () => Phase, seed: number): Load {
  return (monotonicMs) => {
    const second = Math.floor(monotonicMs / 1000);
    // A hash of the second in [-1, 1): the same for whoever asks within it.
    const noise = (Math.imul(second ^ (seed * 0x9e3779b1), 0x85ebca6b) >> 8) / 0x800000;
    return profile[phase()] * (1 + 0.02 * noise);
  };
}
