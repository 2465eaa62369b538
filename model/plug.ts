import type { SessionPhase } from './ports.ts';

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
export interface PlugSpec extends SwitchingWishes {
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

/** How a plug that may be cut is to be treated; what is left out asks for nothing special. */
export interface SwitchingWishes {
  /** The phases of a session in which it has power; all when left out. Between sessions nothing is powered that may be cut. */
  poweredIn?: readonly SessionPhase[];
  /** Its load is off at or under so many watts, and is never cut above: a computer. null: no such bound. */
  offWatts?: number | null;
  /** true: its load can be told to shut down, and is before it is cut. */
  canShutDown?: boolean;
  /** How long it stays on after its draw fell to idle, or, where the draw tells nothing, after the session, seconds. */
  coolDownSeconds?: number;
  /** Cut after every plug with a smaller number is off; null: in no order. */
  cutOrder?: number | null;
  /** Restored before those with a larger number; 0 when left out. */
  restoreOrder?: number;
  /** How long its inrush lasts: the next restore waits so long, or longer for the studio's stagger, seconds. */
  inrushSeconds?: number;
}

/** The kind of a plug by its id; of one that is configured no more nobody knows it. */
export function kindsOf(plugs: readonly Pick<PlugSpec, 'id' | 'kind'>[]): (plug: PlugId) => PlugKind {
  const kinds = new Map(plugs.map(({ id, kind }) => [id, kind]));
  return (plug) => kinds.get(plug) ?? 'other';
}
