import type { PlugId } from './plug.ts';

/**
 * What a plug reported at one moment. `null` is "not known", never zero.
 * Numbers are finite; the adapters refuse NaN, strings and infinities at the edge.
 */
export interface Reading {
  plug: PlugId;
  /** UTC ms at which the daemon received it. A plug's own clock is never a sample time. */
  atMs: number;
  /** `Clock.monotonicMs` at the same moment. */
  monotonicMs: number;
  /** Active power, watts; may be negative on a plug that feeds back. */
  watts: number | null;
  /** The plug's own cumulative counter, Wh, as it stands: it may fall (reset, midnight, reboot). */
  counterWh: number | null;
  /** Relay closed (true) or open (false); null on a plug without relay or when not reported. */
  relay: boolean | null;
  volts: number | null;
  amps: number | null;
  celsius: number | null;
  /** Faults that the plug reports of itself: `overheated`, `overpower`, `overcurrent`, `clock-unset`, … */
  flags: string[];
  /** `polled`: asked for at a fixed rate (integrate by trapezoid). `on-change`: pushed (hold the last value). */
  feed: 'polled' | 'on-change';
}
