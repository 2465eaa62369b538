import { expect, test } from 'vitest';
import { Controller } from '../../daemon/controller.ts';
import type { Pipeline } from '../../daemon/pipeline.ts';
import { JournalFull } from '../../model/errors.ts';
import type { Journal, SwitchRecord } from '../../model/ports.ts';
import { silent } from '../support/daemon.ts';
import { plug } from '../support/fake-api-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SETTINGS = {
  ...{ dryRun: true, graceMs: 0, staggerMs: 0, maxSwitchesPerHour: 60 },
  ...{ commandTtlMs: 30_000, maxAttempts: 3, leadMs: 0 },
};

test('what the switching log lacks is written, in order, when the journal takes it again, and at a stop', async () => {
  const clock = new FakeClock();
  const written: SwitchRecord[] = [];
  let full = true;
  const controller = new Controller({
    ...{ clock, log: silent, devices: new Map(), nextPlanned: () => null },
    journal: {
      state: async () => undefined,
      async addSwitch(record: SwitchRecord) {
        if (full) throw new JournalFull('no room');
        written.push(record);
      },
    } as unknown as Journal,
    pipeline: { keep: () => {}, state: () => {}, flush: async () => true } as unknown as Pipeline,
    studio: { plugs: ['a', 'b'].map((id) => plug({ id, minOnSeconds: 0 })), settings: SETTINGS },
    shutDown: async () => '',
    ...{ onReading: () => {}, onSwitch: () => {} },
  });
  await controller.start(true);
  controller.event({ type: 'session', status: 'none', phase: 'standby', doubt: null, by: null });
  const off = async (id: string) => {
    controller.reading({ type: 'reading', plug: id, watts: 0, relay: true, tripped: false });
    const { refused } = controller.event({ type: 'request', plug: id, power: 'off', by: 'api' });
    expect(refused).toEqual([]);
    await clock.advance(1);
  };
  await off('a');
  await off('b');
  expect(written).toEqual([]);
  full = false;
  await clock.advance(2000);
  expect(written.map((record) => record.plug)).toEqual(['a', 'b']);
  full = true;
  await off('a');
  full = false;
  await controller.stop();
  expect(written.map((record) => record.plug)).toEqual(['a', 'b', 'a']);
});
