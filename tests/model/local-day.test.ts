import { describe, expect, test } from 'vitest';
import { localMidnight } from '../../model/local-day.ts';

const midnight = (utc: string, zone: string) => new Date(localMidnight(Date.parse(utc), zone)).toISOString();

describe('the start of the local day', () => {
  test('on an ordinary day, at its first and last moment', () => {
    expect(midnight('2026-11-24T12:00:00Z', 'Europe/Paris')).toBe('2026-11-23T23:00:00.000Z');
    expect(midnight('2026-11-23T23:00:00Z', 'Europe/Paris')).toBe('2026-11-23T23:00:00.000Z');
    expect(midnight('2026-11-23T22:59:59.999Z', 'Europe/Paris')).toBe('2026-11-22T23:00:00.000Z');
  });

  test('on the day of 25 hours and on the day of 23', () => {
    expect(midnight('2026-10-25T22:59:00Z', 'Europe/Paris')).toBe('2026-10-24T22:00:00.000Z');
    expect(midnight('2026-10-25T00:30:00Z', 'Europe/Paris')).toBe('2026-10-24T22:00:00.000Z');
    expect(midnight('2027-03-28T21:59:00Z', 'Europe/Paris')).toBe('2027-03-27T23:00:00.000Z');
  });

  test('where clocks go back at midnight', () => {
    expect(midnight('2026-11-01T17:00:00Z', 'America/Havana')).toBe('2026-11-01T04:00:00.000Z');
  });

  test('in zones far from Greenwich and with odd minutes', () => {
    expect(midnight('2026-11-24T12:00:00Z', 'Pacific/Auckland')).toBe('2026-11-24T11:00:00.000Z');
    expect(midnight('2026-11-24T12:00:00Z', 'Asia/Kolkata')).toBe('2026-11-23T18:30:00.000Z');
    expect(midnight('2026-11-24T12:00:00Z', 'America/Martinique')).toBe('2026-11-24T04:00:00.000Z');
  });
});
