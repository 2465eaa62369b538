import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SimulatedTpap } from '../../adapters/simulator/tapo-tpap.ts';
import { Channel } from '../../adapters/tapo/channel.ts';
import type { Account, Session } from '../../adapters/tapo/kind.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { tpap } from '../../adapters/tapo/tpap/index.ts';
import { FakeClock } from '../support/fake-clock.ts';

export const ACCOUNT = { username: 'user@example.com', password: 'great_password' };

/** The plug's side of TPAP behind a real HTTP server, and logins to it. */
export interface TpapBench {
  clock: FakeClock;
  plug: SimulatedTpap;
  /** What the plug answers to requests. */
  answer: string;
  /** Addresses and content types of the requests that arrived, oldest first. */
  arrived: { path: string; contentType: string | undefined }[];
  port: number;
  open(account?: Account, expiresAtMonotonicMs?: number): Promise<Session>;
  /** From now on it is another plug. @param secret what stands for its owner's password */
  become(secret: string): void;
  close(): Promise<void>;
}

export async function tpapBench(answer: string): Promise<TpapBench> {
  const clock = new FakeClock();
  const plugWith = (secret: { secret?: string }) =>
    new SimulatedTpap({
      clock,
      mac: '9C-53-22-00-00-01',
      password: ACCOUNT.password,
      answer: () => bench.answer,
      ...secret,
    });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '/';
    bench.arrived.push({ path, contentType: request.headers['content-type'] });
    const reply = bench.plug.handle(path, Buffer.concat(chunks));
    response.writeHead(reply?.status ?? 404, { 'Content-Type': reply?.contentType ?? 'text/html' });
    response.end(reply?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = new Channel('tapo plug key-light', fixedAddress('127.0.0.1', port), 0, clock);
  const bench: TpapBench = {
    clock,
    plug: plugWith({}),
    answer,
    arrived: [],
    port,
    open: (account = ACCOUNT, expiresAtMonotonicMs = Number.POSITIVE_INFINITY) =>
      tpap.open(channel, account, () => expiresAtMonotonicMs),
    become(secret) {
      bench.plug = plugWith({ secret });
    },
    async close() {
      channel.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return bench;
}
