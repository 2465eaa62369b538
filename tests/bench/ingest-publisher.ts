/**
 * The plugs of `npm run bench -- ingest`, a process of their own: each answers RPC, and publishes its status when told.
 * Arguments: URL of the broker, number of plugs. On stdin, a line of JSON for each round of messages; on stdout, a line when
 * it is over.
 */
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';
import { systemClock } from '../../daemon/clock.ts';
import { ANSWERED_VOLTS, deviceOf, PUBLISHED_VOLTS, type Round } from './ingest-plugs.ts';

const [url = '', plugs = ''] = process.argv.slice(2);
const devices = Array.from({ length: Number(plugs) }, (_, index) => deviceOf(index));
const client = await connectAsync(url);
let sent = 0;

/** Every message has another value, as a real load does. */
function component(volts: number): object {
  sent += 1;
  const watts = 40 + (sent % 1000) / 10;
  const total = 1000 + sent / 1000;
  return {
    id: 0,
    source: 'init',
    output: true,
    apower: watts,
    voltage: volts,
    current: Math.round((watts / volts) * 1000) / 1000,
    aenergy: { total, by_minute: [618.451, 618.897, 619.342], minute_ts: 1779362280 },
    temperature: { tC: 45.5, tF: 113.9 },
  };
}

/** Half of the plugs tell by `events/rpc`, as they come from the factory, half by `status/switch:0`. */
function publish(index: number): boolean {
  const device = devices[index] ?? '';
  if (index % 2 === 1) return write(`${device}/status/switch:0`, component(PUBLISHED_VOLTS));
  const params = { ts: Math.round(systemClock.nowMs() / 10) / 100, 'switch:0': component(PUBLISHED_VOLTS) };
  return write(`${device}/events/rpc`, { src: device, dst: `${device}/events`, method: 'NotifyStatus', params });
}

/** false when the broker does not take more at the moment. */
function write(topic: string, payload: object): boolean {
  client.publish(topic, JSON.stringify(payload));
  return !client.stream.writableNeedDrain;
}

client.on('message', (topic, payload) => {
  const device = topic.slice(0, topic.indexOf('/'));
  const { id, src, method } = JSON.parse(payload.toString());
  const known = method === 'Shelly.GetStatus';
  const error = { code: 404, message: `No handler for ${method}` };
  const answer = known ? { result: { 'switch:0': component(ANSWERED_VOLTS) } } : { error };
  write(`${src}/rpc`, { id, src: device, dst: src, ...answer });
});
await client.subscribeAsync(devices.map((device) => `${device}/rpc`));
for (const device of devices) client.publish(`${device}/online`, 'true');

/** As fast as the broker takes them. */
async function burst(messages: number): Promise<void> {
  for (let n = 0; n < messages; n += 1) {
    if (publish(n % devices.length)) continue;
    await new Promise((resolve) => client.stream.once('drain', resolve));
  }
}

async function steadily(perSecond: number, seconds: number): Promise<void> {
  const startMs = systemClock.monotonicMs();
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const waitMs = startMs + (n * 1000) / perSecond - systemClock.monotonicMs();
    if (waitMs > 0) await systemClock.sleep(waitMs);
    publish(n % devices.length);
  }
}

console.log('"ready"');
for await (const line of createInterface({ input: process.stdin })) {
  const round: Round = JSON.parse(line);
  if ('burst' in round) await burst(round.burst);
  else await steadily(round.perSecond, round.seconds);
  // A ping comes back when the broker has taken all that was sent before it.
  await client.publishAsync('bench/over', '', { qos: 1 });
  console.log('"over"');
}
await client.endAsync();
