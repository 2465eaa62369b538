import { pino } from 'pino';
import type { AdapterDeps, DeviceMemory } from '../../adapters/adapter.ts';
import { FakeClock } from './fake-clock.ts';
import { seeded } from './random.ts';

/** What an adapter may use, without a studio: no broker, no secrets, a memory that the test can look into. */
export function adapterDeps(own: Partial<AdapterDeps> = {}): AdapterDeps {
  return {
    clock: new FakeClock(),
    random: seeded(1),
    log: pino({ level: 'silent' }),
    mqtt: null,
    secret: () => undefined,
    memory: memoryOf(new Map()),
    timeZone: 'Europe/Paris',
    networkInterface: '127.0.0.1',
    ...own,
  };
}

export function memoryOf(kept: Map<string, unknown>): DeviceMemory {
  return {
    recall: async (name) => kept.get(name),
    keep: async (name, value) => {
      kept.set(name, value);
    },
  };
}
