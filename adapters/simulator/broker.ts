import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';

export interface EmbeddedBroker {
  port: number;
  /** `mqtt://host:port`. */
  url: string;
  stop(): Promise<void>;
}

/**
 * An MQTT 3.1.1 broker in this process, for the demo: anybody who reaches the address may read and command everything,
 * so keep it on loopback. Port 0 takes a free one.
 * @throws Error when the address is taken
 */
export async function startEmbeddedBroker({ host, port }: { host: string; port: number }): Promise<EmbeddedBroker> {
  const broker = await Aedes.createBroker();
  // Without it every answer waits for the other side's delayed acknowledgement, 40 ms.
  const server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: boundPort } = server.address() as AddressInfo;
  return {
    port: boundPort,
    url: `mqtt://${host}:${boundPort}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => broker.close(resolve));
      await closed;
    },
  };
}
