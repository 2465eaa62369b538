import type { TapoReply } from './packet.ts';
import { type SearchDeps, search } from './search.ts';

/** Time for two more probes after the first, and an answer to the last. */
const PATIENCE_MS = 4000;

/** What the one device at an address says to a UDP probe; null when it says nothing, or a firewall is in between. */
export async function probe(deps: SearchDeps, host: string): Promise<TapoReply | null> {
  const over = new AbortController();
  const replies: TapoReply[] = [];
  const stopTimer = deps.clock.after(PATIENCE_MS, () => over.abort());
  const heard = (reply: TapoReply) => {
    replies.push(reply);
    over.abort();
  };
  try {
    await search(deps, host, ({ reply }) => heard(reply), over.signal);
  } finally {
    stopTimer();
  }
  return replies[0] ?? null;
}
