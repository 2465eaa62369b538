/**
 * What `npm run bench -- ingest` is compared with, a process of its own: a bare mqtt.js client that takes the same messages
 * and does nothing but JSON.parse. Argument: URL of the broker. On stdout, a line when it listens, and the number of
 * messages when the publisher's round is over.
 */
import { connectAsync } from 'mqtt';
import { ROUND_OVER } from './ingest-plugs.ts';

const client = await connectAsync(process.argv[2] ?? '');
let messages = 0;
client.on('message', (topic, payload) => {
  if (topic === ROUND_OVER) {
    console.log(messages);
    return;
  }
  JSON.parse(payload.toString());
  messages += 1;
});
await client.subscribeAsync(['+/events/rpc', '+/status/switch:0', ROUND_OVER]);
console.log('listens');
