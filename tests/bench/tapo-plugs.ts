/** Simulated Tapo plugs in a process of their own: one line of JSON with their ports, and the end with standard input. */
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { systemClock } from '../../daemon/clock.ts';

const [count = '1', username = '', password = ''] = process.argv.slice(2);
const plugs = Array.from({ length: Number(count) }, (_, index) => {
  const mac = `02BE${index.toString(16).toUpperCase().padStart(8, '0')}`;
  const outlet = new SimulatedOutlet(systemClock, () => 50 + index);
  const identity = {
    mac,
    model: 'P110' as const,
    nickname: `Plug ${index}`,
    firmware: '1.4.6 Build 260101 Rel.120000',
  };
  return new SimulatedTapo({ clock: systemClock, outlet, ...identity, username, password });
});
const ports = [];
for (const plug of plugs) ports.push(await plug.start());
console.log(JSON.stringify(ports));
process.stdin.on('end', () => process.exit(0)).resume();
