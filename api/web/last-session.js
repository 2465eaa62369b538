import { get, hasToken } from './api.js';
import { nowMs } from './clock.js';
import { byId, say, show } from './dom.js';
import { agoText, energyText, gramsText } from './format.js';
import { hrefOf } from './router.js';
import { language, t } from './text.js';

/** @typedef {import('./types.d.ts').Session} Session */
/** @typedef {import('./types.d.ts').LiveScore['score']} Score */

const SCORE_EVERY_MS = 30_000;

/** The session that ended last; undefined: not asked yet. @type {Session | null | undefined} */
let last;
/** For which session it was asked: the running one's id, or that none runs. @type {string | null | undefined} */
let askedFor;
/** @type {{ id: string, score: Score } | null} */
let scored = null;
let scoredAtMs = Number.NEGATIVE_INFINITY;

/**
 * Asks for the last session when the running one changes, and for the letter now and then.
 * @param {import('./types.d.ts').Shown} status
 */
export function refreshLast(status) {
  const running = status.session?.id ?? null;
  if (askedFor !== running) {
    askedFor = running;
    get('sessions').then(
      (answer) => {
        last = /** @type {Session[]} */ (answer).find(({ endedAt }) => endedAt !== null) ?? null;
        scoredAtMs = Number.NEGATIVE_INFINITY;
      },
      () => {
        askedFor = undefined;
      },
    );
  }
  const id = running ?? last?.id;
  if (!id || (nowMs() - scoredAtMs < SCORE_EVERY_MS && scored?.id === id)) return;
  if (nowMs() - scoredAtMs < 1000) return;
  scoredAtMs = nowMs();
  get(`sessions/${encodeURIComponent(id)}/score`).then(
    (answer) => {
      scored = { id, score: /** @type {import('./types.d.ts').LiveScore} */ (answer).score };
    },
    () => {},
  );
}

/**
 * The letter of the running session, and when none runs how the last one was.
 * @param {import('./types.d.ts').Shown} status
 */
export function showLast({ session, now }) {
  showLetter(byId('session-letter', HTMLElement), session && scored?.id === session.id ? scored.score : null);
  show(byId('last-session', HTMLElement), session === null && Boolean(last));
  if (!last?.endedAt) return;
  const name = byId('last-name', HTMLAnchorElement);
  say(name, last.title ?? t('untitled'));
  name.href = hrefOf('sessions', last.id);
  const path = `sessions/${encodeURIComponent(last.id)}/report?format=html&lang=${language.now}`;
  byId('last-report', HTMLAnchorElement).href = `/api/v1/${path}`;
  // With a token a link does not open it: the page of the session offers it.
  show(byId('last-report', HTMLElement), !hasToken());
  showLetter(byId('last-letter', HTMLElement), scored?.id === last.id ? scored.score : null);
  const { wh, grams, origins } = last.footprint;
  const ago = agoText(Date.parse(now) - Date.parse(last.endedAt));
  const facts = [
    energyText(wh),
    ...(origins.length > 0 ? [t('ofCo2e', { grams: gramsText(grams) })] : []),
    t('ended', { ago }),
  ];
  say(byId('last-facts', HTMLElement), facts.join(' · '));
}

/**
 * The overall letter, else the energy letter, else a dash.
 * @param {HTMLElement} target
 * @param {Score | null} score
 */
export function showLetter(target, score) {
  const letter = score?.overall ?? score?.energy ?? null;
  say(target, letter ?? '–');
  target.dataset.letter = letter ?? '';
  const what = score?.overall ? 'letterOverall' : 'letterEnergy';
  target.title = letter ? t(what, { letter }) : t('letterNone');
}
