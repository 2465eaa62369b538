import { describe, expect, test } from 'vitest';
import { checkUpOf } from '../../adapters/tapo/check-up.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const time = (seconds: number) => ({ code: 0 as const, result: { timestamp: seconds } });

describe('the check-up of a Tapo plug', () => {
  test('says what the outlet does when power comes back', () => {
    const powerOn = (default_states: unknown) => checkUpOf({}, { default_states }, undefined, NOW_MS).powerOn;
    expect(powerOn({ state: {}, type: 'last_states' })).toBe('last');
    expect(powerOn({ type: 'last_states' })).toBe('last');
    expect(powerOn({ state: { on: false }, type: 'custom' })).toBe('off');
    expect(powerOn({ state: { on: true }, type: 'custom' })).toBe('on');
    for (const odd of [undefined, 7, { type: 'other' }, { type: 'custom', state: null }])
      expect(powerOn(odd)).toBeNull();
  });

  test('says how far its clock is off, but of one that nobody set nothing', () => {
    const ahead = (seconds: number) => checkUpOf({}, {}, time(seconds), NOW_MS).clockAheadMs;
    expect(ahead(NOW_MS / 1000 + 90)).toBe(90_000);
    expect(ahead(Date.UTC(2000, 0, 1) / 1000)).toBeNull();
  });

  test('takes model and firmware from the device', () => {
    expect(checkUpOf({ model: 'P110', fw_ver: '1.3.1 Build 1' }, {}, undefined, NOW_MS)).toMatchObject({
      model: 'P110',
      firmware: '1.3.1 Build 1',
    });
  });
});
