/**
 * What `npm run bench -- ingest` is compared with, a process of its own: a bare mqtt.js client that takes the same messages
 * and does nothing but JSON.parse. Argument: URL of the broker. On stdout, a line when it listens, and for each line on
 * stdin the number of messages so far.
 */
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';

const client = await connectAsync(process.argv[2] ?? '');
let messages = 0;
client.on('message', (_topic, payload) => {
  JSON.parse(payload.toString());
  messages += 1;
});
await client.subscribeAsync(['+/events/rpc', '+/status/switch:0']);
console.log('"listens"');
for await (const _ of createInterface({ input: process.stdin })) console.log(messages);
