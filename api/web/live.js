import { call, Refused } from './api.js';
import { after, sleep } from './clock.js';

/** The server speaks at least every 15 s: this much silence means that the line is dead, whatever the socket says. */
const SILENCE_MS = 20_000;
const RETRY_MS = [500, 1000, 2000, 5000];

/**
 * Follows the server's stream for ever: tells each status, and how the line is. EventSource would do, but cannot send a
 * token in a header.
 * @param {(status: import('./types.d.ts').Status) => void} onStatus
 * @param {(link: import('./types.d.ts').Link) => void | Promise<void>} onLink may take its time before the next attempt
 */
export async function follow(onStatus, onLink) {
  for (let attempt = 0; ; attempt++) {
    try {
      await listen((status) => {
        attempt = -1;
        onStatus(status);
      });
      await onLink('lost');
    } catch (error) {
      await onLink(error instanceof Refused && error.status === 401 ? 'token' : 'lost');
    }
    await sleep(RETRY_MS[Math.min(Math.max(attempt, 0), RETRY_MS.length - 1)] ?? 0);
  }
}

/**
 * One connection, until it ends or falls silent.
 * @param {(status: import('./types.d.ts').Status) => void} onStatus
 */
async function listen(onStatus) {
  const silence = new AbortController();
  let cancel = after(SILENCE_MS, () => silence.abort());
  try {
    const response = await call('events', { signal: silence.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      cancel();
      cancel = after(SILENCE_MS, () => silence.abort());
      const part = await reader?.read();
      if (!part || part.done) return;
      text += part.value;
      const end = text.lastIndexOf('\n\n');
      if (end < 0) continue;
      const [, last] = [...text.slice(0, end).matchAll(/^event: status\ndata: (.*)$/gm)].at(-1) ?? [];
      text = text.slice(end + 2);
      // Each is whole: of those that come together, as after a sleep, only the last is of interest.
      if (last) onStatus(JSON.parse(last));
    }
  } finally {
    cancel();
    silence.abort();
  }
}
