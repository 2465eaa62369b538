import { get } from './api.js';
import { nowMs } from './clock.js';
import { byId, make, show } from './dom.js';
import { energyText, eurosText, number } from './format.js';
import { hrefOf } from './router.js';
import { t } from './text.js';

const EVERY_MS = 10 * 60_000;
const SHOWN = 5;

/** @type {import('./types.d.ts').Audit | null} */
let audit = null;
let askedAtMs = Number.NEGATIVE_INFINITY;

/** What draws between lives, from the last four weeks. */
export function refreshCulprits() {
  if (nowMs() - askedAtMs < EVERY_MS) return;
  askedAtMs = nowMs();
  get('audit').then(
    (answer) => {
      audit = /** @type {import('./types.d.ts').Audit} */ (answer);
      showCulprits();
    },
    () => {},
  );
}

/** The largest savings, in the page's language. */
export function showCulprits() {
  const found = (audit?.standby ?? []).slice(0, SHOWN);
  show(byId('culprits-none', HTMLElement), found.length === 0);
  byId('culprit-list', HTMLElement).replaceChildren(...found.map(culprit));
}

/** @param {import('./types.d.ts').Audit['standby'][number]} finding */
function culprit({ plug, name, essential, betweenLives, savedPerYear, neverZero, thin }) {
  const link = make('a', 'culprit-name', name);
  link.href = hrefOf('plugs', plug);
  const { kwh, euros } = savedPerYear;
  const year = [energyText(kwh.central * 1000), ...(euros ? [eurosText(euros.central)] : [])].join(' · ');
  const notes = [
    t(essential ? 'culpritEssential' : 'culpritCut'),
    ...(neverZero ? [t('neverOff')] : []),
    ...(thin ? [t('culpritThin')] : []),
  ];
  return make(
    'li',
    'culprit',
    link,
    make('b', 'culprit-watts', `${number(betweenLives.meanWatts)}\u00a0W`),
    make('span', 'culprit-year', t('perYear', { amount: year })),
    make('span', 'muted small culprit-note', notes.join(' · ')),
  );
}
