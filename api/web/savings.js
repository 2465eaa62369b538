import { get } from './api.js';
import { nowMs } from './clock.js';
import { byId, show } from './dom.js';
import { energyText, eurosText, gramsOf, lengthText, percent, whole } from './format.js';
import { t } from './text.js';
import { figures } from './ui.js';

const EVERY_MS = 60_000;

/** @typedef {import('./types.d.ts').Savings} Savings */

/** @type {Savings | null} */
let savings = null;
let askedAtMs = Number.NEGATIVE_INFINITY;

/** What the cuts have saved in the last four weeks. */
export function refreshSavings() {
  if (nowMs() - askedAtMs < EVERY_MS) return;
  askedAtMs = nowMs();
  get('savings?groupBy=plug').then(
    (answer) => {
      savings = /** @type {Savings} */ (answer);
      showSavings();
    },
    () => {},
  );
}

/** The figures that are known, in the page's language. */
export function showSavings() {
  const { saved, wouldHaveSaved, running } = savings ?? {};
  const any = (saved?.cuts ?? 0) + (wouldHaveSaved?.cuts ?? 0) + (running?.length ?? 0) > 0;
  show(byId('savings', HTMLElement), any);
  if (savings) byId('savings-figures', HTMLElement).replaceChildren(savingFigures(savings));
}

/**
 * Saved energy, grams and euro; what dry run would have saved stands apart.
 * @param {Savings} savings
 */
export function savingFigures({ saved, wouldHaveSaved, running }) {
  const seen = t('savedSeen', {
    cuts: whole(saved.cuts),
    off: lengthText(saved.offSeconds * 1000),
    share: percent(saved.coverage),
  });
  return figures([
    [t('saved'), energyText(saved.wh), seen],
    [
      t('co2e'),
      gramsOf(saved),
      saved.unpricedWh >= 0.05 ? t('unpriced', { wh: energyText(saved.unpricedWh) }) : undefined,
    ],
    ...(saved.euro === null ? [] : [/** @type {[string, string]} */ ([t('cost'), eurosText(saved.euro)])]),
    ...(wouldHaveSaved.cuts > 0
      ? [
          /** @type {[string, string, string]} */ ([
            t('wouldHaveSaved'),
            energyText(wouldHaveSaved.wh),
            t('wouldHaveSavedNote'),
          ]),
        ]
      : []),
    ...(running.length > 0 ? [/** @type {[string, string]} */ ([t('cutNowCount'), whole(running.length)])] : []),
  ]);
}
