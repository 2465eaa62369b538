import { get } from '../api.js';
import { make } from '../dom.js';
import { energyText, gramsText, lengthText, momentText, UNKNOWN, whole } from '../format.js';
import { showLetter } from '../last-session.js';
import { hrefOf } from '../router.js';
import { t } from '../text.js';
import { card, emptyText, errorText, linkTo, pageHead, table } from '../ui.js';
import { openSession } from './session.js';

const AT_A_TIME = 20;

/** @typedef {import('../types.d.ts').Session} Session */

/**
 * The sessions of the studio, newest first; or one of them.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open(asked) {
  if (asked.id !== null) return openSession(asked, asked.id);
  const { root, status } = asked;
  let closed = false;
  let running = status.session?.id;
  const content = make('div', 'stack');
  root.append(pageHead(t('pageSessions')), content);
  const load = async () => {
    try {
      /** @type {Session[]} */
      const sessions = await get('sessions');
      if (!closed) showList(content, sessions, status.studio.timeZone, AT_A_TIME);
    } catch (error) {
      if (!closed) content.replaceChildren(emptyText(errorText(error)));
    }
  };
  content.append(emptyText(t('loading')));
  load();
  return {
    update(next) {
      if (next.session?.id === running) return;
      running = next.session?.id;
      load();
    },
    close() {
      closed = true;
    },
  };
}

/**
 * @param {HTMLElement} content
 * @param {Session[]} sessions
 * @param {string} timeZone
 * @param {number} shown
 */
function showList(content, sessions, timeZone, shown) {
  if (sessions.length === 0) {
    content.replaceChildren(card(t('pageSessions'), emptyText(t('sessionsEmpty'))));
    return;
  }
  const rows = sessions.slice(0, shown).map((session) => rowOf(session, timeZone));
  const heads = [
    t('session'),
    t('begun'),
    `#${t('onAirFor')}`,
    `#${t('energy')}`,
    `#${t('co2e')}`,
    `#${t('peakViewers')}`,
    t('letter'),
  ];
  const more = make('button', '', t('showMore'));
  more.type = 'button';
  more.addEventListener('click', () => showList(content, sessions, timeZone, shown + AT_A_TIME));
  const list = make('section', 'card stack', table(t('pageSessions'), heads, rows));
  if (sessions.length > shown) list.append(more);
  content.replaceChildren(list);
}

/**
 * @param {Session} session
 * @param {string} timeZone
 */
function rowOf(session, timeZone) {
  const { id, title, startedAt, endedAt, footprint, audience } = session;
  const letter = make('span', 'letter');
  showLetter(letter, null);
  get(`sessions/${encodeURIComponent(id)}/score`).then(
    (answer) => showLetter(letter, /** @type {import('../types.d.ts').LiveScore} */ (answer).score),
    () => {},
  );
  const peak = Math.max(...audience.map(({ viewers }) => viewers));
  return [
    linkTo(title ?? t('untitled'), hrefOf('sessions', id)),
    make('span', 'nowrap', momentText(startedAt, timeZone)),
    endedAt === null ? t('runs') : lengthText(onAirMs(session)),
    energyText(footprint.wh),
    footprint.origins.length > 0 ? gramsText(footprint.grams) : UNKNOWN,
    audience.length > 0 ? whole(peak) : UNKNOWN,
    letter,
  ];
}

/**
 * How long a session that is over was on air.
 * @param {Session} session
 */
export function onAirMs({ phases, endedAt }) {
  return phases.reduce((sum, { phase, at }, i) => {
    const until = phases[i + 1]?.at ?? endedAt;
    return phase === 'live' && until ? sum + Date.parse(until) - Date.parse(at) : sum;
  }, 0);
}
