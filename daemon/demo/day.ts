import type { SessionPhase } from '../../model/ports.ts';

/** What the demo studio does, minute by minute: a day of 24 hours in 24 minutes, with two lives. */
export interface Scene {
  /** Seconds from the start of the demo day. */
  atS: number;
  do: { start: string } | { phase: SessionPhase } | { viewers: number } | 'end';
}

export const DAY_S = 24 * 60;

export const DAY: readonly Scene[] = [
  { atS: 15, do: { start: 'Matinale' } },
  { atS: 40, do: { phase: 'rehearsal' } },
  { atS: 60, do: { phase: 'live' } },
  { atS: 75, do: { viewers: 120 } },
  { atS: 180, do: { viewers: 340 } },
  { atS: 330, do: { phase: 'wrap' } },
  { atS: 360, do: 'end' },
  { atS: 720, do: { start: 'Live du soir' } },
  { atS: 760, do: { phase: 'rehearsal' } },
  { atS: 790, do: { phase: 'live' } },
  { atS: 830, do: { viewers: 410 } },
  { atS: 1000, do: { viewers: 1250 } },
  { atS: 1200, do: { viewers: 980 } },
  { atS: 1260, do: { phase: 'wrap' } },
  { atS: 1290, do: 'end' },
];
