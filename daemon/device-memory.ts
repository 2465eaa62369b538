import type { DeviceMemory } from '../adapters/adapter.ts';
import type { Journal } from '../model/ports.ts';

/** What adapters remember of their devices, in the journal. */
export function deviceMemory(journal: Journal): DeviceMemory {
  return {
    recall: (name) => journal.state(`device:${name}`),
    keep: (name, value) => keepState(journal, `device:${name}`, value),
  };
}

/** Where no journal is to be had. */
export const FORGETFUL: DeviceMemory = { recall: async () => undefined, keep: async () => {} };

export function keepState(journal: Journal, name: string, value: unknown): Promise<void> {
  return journal.write({ readings: [], slices: [], intensities: [], lines: [], state: { [name]: value } });
}
