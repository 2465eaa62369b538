import { expect, test } from 'vitest';
import { tokenRequired } from '../../daemon/paths.ts';

test.each([
  ['127.0.0.1', [], false],
  ['::1', ['localhost:8787', '[::1]:8787', '127.0.0.1:9000'], false],
  ['0.0.0.0', [], true],
  ['192.168.1.10', [], true],
])('on %s with the names %j calls without a token are refused: %s', (host, allowedHosts, expected) => {
  expect(tokenRequired({ host, allowedHosts })).toBe(expected);
});

test('a name beyond this machine, which only a proxy leads to loopback, needs tokens as well', () => {
  expect(tokenRequired({ host: '127.0.0.1', allowedHosts: ['localhost', 'studio.example.org'] })).toBe(true);
});
