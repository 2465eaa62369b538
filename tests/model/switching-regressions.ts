import type { Step } from './switching-world.ts';

/** Stories in which an invariant once failed, shrunk: they are played first, before the random ones. */
export const REGRESSIONS: Step[][] = [];
