/** What the plug can be made to do, as real ones do. */
export interface ShellyBehaviour {
  /** What it says of its version. From 2 on a switch reports `tag` and `counts`. */
  firmware: string;
  /** false: its `ts` counts seconds since its boot. */
  clockSynced: boolean;
  /** Newer firmware leaves `id` out of notifications. */
  idInNotifications: boolean;
  /** `status_ntf`: publishes `status/<component>` after each notification. */
  statusNotifications: boolean;
  /** `rpc_ntf`: publishes `events/rpc`. */
  rpcNotifications: boolean;
  /** Firmware 1.7: `output` on `status/switch:n` is wrong. */
  invertedStatusOutput: boolean;
  /** Sends NotifyFullStatus after connecting, as newer firmware does. */
  fullStatus: boolean;
  /** What the message of each minute holds. */
  minute: 'all' | 'energy' | 'counts';
  /** What a request gets; `garbage`: every message of the plug is no JSON. */
  answers: 'answer' | 'never' | 'twice' | 'garbage';
  answerDelayMs: number;
  /** Reported as `apower` instead of the truth unless undefined. */
  apower: unknown;
  /** Changes of its settings and of what it says of itself, by method: `MQTT.GetConfig`, `Switch.GetConfig`, … */
  settings: Record<string, Record<string, unknown>>;
  /** Blows every message up by this many bytes. */
  paddingBytes: number;
}

export const WELL_BEHAVED: ShellyBehaviour = {
  firmware: '1.7.5',
  clockSynced: true,
  idInNotifications: true,
  statusNotifications: false,
  rpcNotifications: true,
  invertedStatusOutput: false,
  fullStatus: true,
  minute: 'all',
  answers: 'answer',
  answerDelayMs: 0,
  apower: undefined,
  settings: {},
  paddingBytes: 0,
};
