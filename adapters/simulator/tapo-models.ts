/** What tells one Tapo model from another at the level of its methods; from the dumps in `facts` of real devices. */
interface TapoModel {
  /** 0: a plug with one outlet, which is the device itself. */
  stripOutlets: number;
  /** Positions of USB ports, which are outlets of their own. */
  usb: readonly number[];
  /** Version of the component `energy_monitoring`; 0: no meter. */
  energy: 0 | 2;
  emeter: boolean;
  /** Which of the fields that tell of trouble the outlet has. */
  faults: readonly (
    | 'overheated'
    | 'overheat_status'
    | 'power_protection_status'
    | 'overcurrent_status'
    | 'charging_status'
  )[];
}

const PROTECTED = ['overheat_status', 'power_protection_status', 'overcurrent_status', 'charging_status'] as const;
const metered: TapoModel = { stripOutlets: 0, usb: [], energy: 2, emeter: true, faults: PROTECTED };
const relayOnly: TapoModel = { stripOutlets: 0, usb: [], energy: 0, emeter: false, faults: ['overheated'] };

export const TAPO_MODELS = {
  P110: metered,
  P110M: metered,
  P115: metered,
  KP125M: { ...metered, faults: ['overheat_status', 'power_protection_status', 'overcurrent_status'] },
  EP25: { ...metered, emeter: false, faults: ['overheated', 'power_protection_status', 'overcurrent_status'] },
  P100: relayOnly,
  P105: relayOnly,
  P125M: relayOnly,
  P135: { ...relayOnly, faults: ['overheat_status'] },
  P300: { ...relayOnly, stripOutlets: 3, faults: ['overheat_status'] },
  P306: { ...relayOnly, stripOutlets: 5, usb: [5], faults: ['overheat_status'] },
  P304M: { ...metered, stripOutlets: 4, emeter: false },
  P316M: { ...metered, stripOutlets: 6, faults: ['power_protection_status', 'overcurrent_status', 'charging_status'] },
  P210M: { ...metered, stripOutlets: 2 },
} satisfies Record<string, TapoModel>;

export type TapoModelName = keyof typeof TAPO_MODELS;

export function tapoModel(name: TapoModelName): TapoModel {
  return TAPO_MODELS[name];
}

const COMPONENTS = ['device', 'firmware', 'time', 'schedule', 'countdown', 'led', 'cloud_connect', 'default_states'];
const METER_COMPONENTS = ['energy_monitoring', 'power_protection', 'charging_protection', 'current_protection'];
const STRIP_COMPONENTS = ['control_child', 'child_device'];
const VERSION_2 = new Set(['device', 'energy_monitoring', ...STRIP_COMPONENTS]);

/** The components of the device, or of one outlet of a strip, as on the wire. */
export function componentsOf({ energy, stripOutlets }: TapoModel, part: 'device' | 'outlet'): object[] {
  const ids = [
    ...COMPONENTS,
    ...(energy > 0 ? METER_COMPONENTS : []),
    ...(stripOutlets > 0 && part === 'device' ? STRIP_COMPONENTS : []),
  ];
  return ids.map((id) => ({ id, ver_code: VERSION_2.has(id) ? 2 : 1 }));
}
