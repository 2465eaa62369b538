import type { JournalBatch } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';

/** A flush that holds nothing but what is given. */
export function batchOf(part: Partial<JournalBatch>): JournalBatch {
  return { readings: [], slices: [], intensities: [], lines: [], state: {}, ...part };
}

export function readingOf(part: Partial<Reading>): Reading {
  return {
    plug: 'key-light',
    atMs: 0,
    monotonicMs: 0,
    watts: 10,
    counterWh: null,
    relay: true,
    volts: null,
    amps: null,
    celsius: null,
    flags: [],
    feed: 'polled',
    ...part,
  };
}
