/** The configured id of a plug, unique in a studio: `[a-z0-9-]`. It is the stable tag; names may change. */
export type PlugId = string;

export const PLUG_KINDS = [
  'camera',
  'light',
  'pc',
  'encoder',
  'monitor',
  'audio',
  'network',
  'projector',
  'solar',
  'other',
] as const;
export type PlugKind = (typeof PLUG_KINDS)[number];

/** It measures what the studio's own roof makes: that is in no sum of what the studio takes. */
export function isProducer({ kind }: { kind: PlugKind }): boolean {
  return kind === 'solar';
}

/** What the model knows of a plug: nothing of its protocol. */
export interface PlugSpec {
  id: PlugId;
  name: string;
  kind: PlugKind;
  /** An essential plug is never switched. It is the default. */
  essential: boolean;
  /** Watts above which the load counts as in use; null: its draw tells nothing (a light that is simply left on). */
  idleWatts: number | null;
  /** How long the draw must have stayed at or under `idleWatts` before a cut, seconds. */
  quietSeconds: number;
  /** Minimum time on before a cut and off before a restore, seconds. */
  minOnSeconds: number;
  minOffSeconds: number;
  /** The most the outlet can deliver, watts: a counter that gains more than this is not believed. */
  maxWatts: number;
  /** A reading older than this is stale, ms. */
  staleAfterMs: number;
}
