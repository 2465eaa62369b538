import { after, sleep } from './clock.js';

/** @typedef {import('./overlay-words.js').View} View */

/** The server speaks at least every 15 s: this much silence means that the line is dead, whatever the socket says. */
const SILENCE_MS = 20_000;
const RETRY_MS = [500, 1000, 2000, 5000];
/** The token is not right, and will not be by itself. */
const REFUSED_RETRY_MS = 15_000;

/**
 * Follows the server for ever.
 * @param {string | null} token
 * @param {(view: View) => void} onView
 * @param {(refused: boolean) => void} onRefusal whether the server wants another token; before the next attempt
 */
export async function follow(token, onView, onRefusal) {
  for (let attempt = 0; ; attempt++) {
    let refused = false;
    try {
      refused = await listen(token, (view) => {
        attempt = -1;
        onView(view);
      });
    } catch {
      // The daemon starts anew, or the network is gone: both pass.
    }
    onRefusal(refused);
    const waitMs = RETRY_MS[Math.min(Math.max(attempt, 0), RETRY_MS.length - 1)] ?? 0;
    await sleep(refused ? REFUSED_RETRY_MS : waitMs);
  }
}

/**
 * One connection, until it ends or falls silent. EventSource would do, but cannot send a token in a header.
 * @param {string | null} token
 * @param {(view: View) => void} onView
 * @returns {Promise<boolean>} true when the server wants another token
 */
async function listen(token, onView) {
  const silence = new AbortController();
  const lateness = () => after(SILENCE_MS, () => silence.abort());
  let cancel = lateness();
  try {
    const response = await fetch('/api/v1/overlay/events', {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      cache: 'no-store',
      signal: silence.signal,
    });
    if (!response.ok) return response.status === 401 || response.status === 403;
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      cancel();
      cancel = lateness();
      const part = await reader?.read();
      if (!part || part.done) return false;
      text += part.value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data) onView(JSON.parse(data));
      }
    }
  } finally {
    cancel();
    silence.abort();
  }
}
