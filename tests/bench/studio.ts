import type { PlugSpec } from '../../model/plug.ts';
import type { Reading } from '../../model/reading.ts';

/** Plugs in the studio of every bench: more than a studio has. */
export const PLUGS = 100;

export const SPECS = Array.from(
  { length: PLUGS },
  (_, index): PlugSpec => ({
    id: `plug-${index}`,
    name: `Plug ${index}`,
    kind: 'light',
    essential: index % 2 === 0,
    idleWatts: 5,
    quietSeconds: 60,
    minOnSeconds: 60,
    minOffSeconds: 10,
    maxWatts: 3680,
    staleAfterMs: 30_000,
  }),
);

export const readingOf = (plug: string, second: number): Reading => ({
  plug,
  atMs: 1_800_000_000_000 + second * 1000,
  monotonicMs: second * 1000,
  watts: 100 + (second % 7),
  counterWh: Math.floor(second / 36),
  relay: true,
  volts: 230,
  amps: 0.4,
  celsius: null,
  flags: [],
  feed: 'polled',
});
