import { pino } from 'pino';
import { type EmbeddedBroker, startBroker } from '../../adapters/mqtt/broker/index.ts';
import { systemClock } from '../../daemon/clock.ts';

/** offair's own broker with its doors open, on a loopback port. */
export function openBroker(port = 0): Promise<EmbeddedBroker> {
  return startBroker({
    ...{ host: '127.0.0.1', port, maxConnections: 200, maxPayloadBytes: 256 * 1024, users: 'anybody' },
    ...{ daemonId: 'offair-test', clock: systemClock, log: pino({ level: 'silent' }) },
  });
}
