import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjoint, matches } from '../../adapters/mqtt/filters.ts';

describe('MQTT topic filters', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+/c', 'a//c', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['#', 'a/b', true],
    ['#', '$SYS/broker/uptime', false],
    ['+/broker', '$SYS/broker', false],
    ['$SYS/#', '$SYS/broker', true],
  ])('%s holds %s: %s', (filter, topic, held) => {
    expect(matches(filter, topic)).toBe(held);
  });

  it('leaves filters alone that have no topic in common', () => {
    expect(disjoint(['a/rpc', 'a/online', 'b/+/rpc'])).toEqual(new Set(['a/rpc', 'a/online', 'b/+/rpc']));
  });

  it('makes one of those that have', () => {
    expect(disjoint(['a/b', 'a/#'])).toEqual(new Set(['a/#']));
    expect(disjoint(['a/+', '+/b', 'c/d'])).toEqual(new Set(['+/+']));
  });

  it('delivers every wanted topic, and every topic once', () => {
    const level = fc.constantFrom('a', 'b', 'c');
    const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
    const filter = fc
      .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 6 }), topic, (filters, published) => {
        const wanted = filters.some((one) => matches(one, published));
        const deliveries = [...disjoint(filters)].filter((one) => matches(one, published)).length;
        expect(deliveries).toBeLessThanOrEqual(1);
        if (wanted) expect(deliveries).toBe(1);
      }),
    );
  });
});
