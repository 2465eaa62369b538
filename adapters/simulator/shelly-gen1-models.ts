/** What a plug of the first generation is and publishes. */
export interface ShellyGen1Model {
  /** Begins the device id. */
  prefix: string;
  model: string;
  /** Publishes `temperature` and `overtemperature`. */
  thermometer: boolean;
  /** Publishes `input/0`. */
  input: boolean;
}

const GEN1_MODELS: readonly ShellyGen1Model[] = [
  { prefix: 'shellyplug', model: 'SHPLG-1', thermometer: false, input: false },
  { prefix: 'shellyplug-s', model: 'SHPLG-S', thermometer: true, input: false },
  { prefix: 'shellyplug-u1', model: 'SHPLG-U1', thermometer: true, input: false },
  { prefix: 'shelly1pm', model: 'SHSW-PM', thermometer: true, input: true },
];

/** @throws Error when no model has such ids */
export function shellyGen1ModelOf(device: string): ShellyGen1Model {
  const prefix = device.slice(0, device.lastIndexOf('-'));
  const found = GEN1_MODELS.find((model) => model.prefix === prefix);
  if (!found) throw new Error(`no simulated Shelly of the first generation is called ${device}`);
  return found;
}
