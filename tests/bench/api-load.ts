/** The load of `npm run bench -- api`, in a process of its own: the daemon's core is the daemon's. */
import { connect } from 'node:net';
import autocannon from 'autocannon';
import { systemClock as clock } from '../../daemon/clock.ts';

const [origin = '', what = '', seconds = '10'] = process.argv.slice(2);
const { hostname, port, host } = new URL(origin);

if (what === 'status') {
  const { requests, latency, non2xx } = await autocannon({
    ...{ url: `${origin}/api/v1/status`, connections: 10, duration: Number(seconds) },
  });
  console.log(JSON.stringify({ perSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, non2xx }));
} else {
  // Clients that read their stream, clients that never do, and clients that never finish to ask.
  const sockets = Array.from({ length: 260 }, (_, n) => {
    const socket = connect(Number(port), hostname).on('error', () => {});
    const request = `GET /api/v1/events HTTP/1.1\r\nHost: ${host}\r\n`;
    if (n < 200) socket.resume().write(`${request}\r\n`);
    else if (n < 230) socket.pause().write(`${request}\r\n`);
    else socket.write(request);
    return socket;
  });
  await clock.sleep(Number(seconds) * 1000);
  const bytes = sockets.slice(0, 200).map(({ bytesRead }) => bytesRead);
  console.log(JSON.stringify({ leastBytesOfAStream: Math.min(...bytes) }));
  process.exit(0);
}
