import { get, post } from '../api.js';
import { after } from '../clock.js';
import { make, say } from '../dom.js';
import { agoText } from '../format.js';
import { hrefOf } from '../router.js';
import { whyNot } from '../session.js';
import { saidText, sentence, t } from '../text.js';
import { card, emptyText, errorText, linkTo, pageHead, table } from '../ui.js';
import CONFIG_FR from '../words/config-fr.js';

/** @typedef {import('../types.d.ts').ConfigView} ConfigView */

/** The daemon takes what has changed of its file within a second or two. */
const APPLIED_AFTER_MS = 4000;

/**
 * The configuration as it is in use, whether its file is right, and what tells that a live runs. Read-only.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, status }) {
  let closed = false;
  const content = make('div', 'stack', emptyText(t('loading')));
  root.append(pageHead(t('pageSettings'), make('p', 'muted', t('settingsHint'))), content);
  let cancel = () => {};
  const load = () =>
    get('config').then(
      (answer) => !closed && content.replaceChildren(...view(/** @type {ConfigView} */ (answer), status, again)),
      (error) => !closed && content.replaceChildren(emptyText(errorText(error))),
    );
  const again = () => {
    cancel();
    cancel = after(APPLIED_AFTER_MS, load);
  };
  load();
  return {
    update(next) {
      status = next;
    },
    close() {
      closed = true;
      cancel();
    },
  };
}

/**
 * @param {ConfigView} config
 * @param {import('../types.d.ts').Shown} status
 * @param {() => void} again shows it anew when what was asked for has come to pass
 */
function view({ file, sections, secrets, onDisk, problems }, status, again) {
  const verdict = make(
    'p',
    onDisk === 'wrong' ? 'refusal' : onDisk === 'changed' ? 'warn' : 'better',
    t(`onDisk_${onDisk}`),
  );
  const reload = onDisk === 'changed' ? [reloadButton(again)] : [];
  const where = file ? [make('p', 'path', file)] : [make('p', '', linkTo(t('pageSetup'), hrefOf('setup')))];
  const found = problems.length > 0 ? [troubleTable(problems)] : [];
  const sources = status.sources.map(({ name, role, says, detail, remarks, heardAt }) => [
    name,
    t(says === 'unknown' || role === 'witness' ? `says_${says}` : `${role}_${says}`),
    [detail, ...remarks].map(saidText).join(' · '),
    heardAt ? t('ago', { ago: agoText(Date.parse(status.now) - Date.parse(heardAt)) }) : '–',
  ]);
  return [
    card(t('validation'), ...where, verdict, ...reload, ...found),
    make(
      'div',
      'columns',
      card(
        t('sources'),
        sources.length > 0
          ? table(t('sources'), [t('source'), t('saysName'), t('facts'), t('heard')], sources)
          : make('p', 'muted', t('sourcesNone')),
      ),
      card(
        t('secrets'),
        make('p', 'muted small', t('secretsHint')),
        table(
          t('secrets'),
          [t('secretName'), t('value')],
          secrets.map(({ name, set }) => [name, t(set ? 'isSet' : 'notSet')]),
        ),
      ),
    ),
    make('div', 'masonry', ...sections.map(({ name, yaml }) => card(name, codeBlock(yaml, name)))),
  ];
}

/**
 * Has the daemon take what it can of the changed file, and says what came of that.
 * @param {() => void} again
 */
function reloadButton(again) {
  const answer = make('p', 'note');
  answer.setAttribute('role', 'status');
  const button = make('button', 'primary', t('reload'));
  button.type = 'button';
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const { outcome, changes } = /** @type {import('../types.d.ts').Reload} */ (await post('config/reload'));
      const later = changes.filter(({ needsRestart }) => needsRestart).map(({ path }) => path);
      const rest =
        later.length > 0 && outcome !== 'restart-needed' ? [t('reloadLater', { paths: later.join(', ') })] : [];
      if (outcome === 'applying') again();
      say(answer, [t(`reload_${outcome}`), ...rest].join(' '));
    } catch (error) {
      say(answer, whyNot(error).join(' · '));
    }
    button.disabled = false;
  });
  return make('div', 'stack', make('div', 'buttons', button), answer);
}

/**
 * What is wrong with a configuration, in the words of its loader.
 * @param {ConfigView['problems']} problems
 */
export function troubleTable(problems) {
  const rows = problems.map(({ path, line, found, expected, hint }) => [
    path || t('wholeFile'),
    line === null ? '–' : String(line),
    loaderText(found),
    loaderText(expected, ...(hint ? [hint] : [])),
  ]);
  return table(t('validation'), [t('place'), `#${t('line')}`, t('foundName'), t('expectedName')], rows);
}

/** What the loader says is English where the page has no words for it. @param {string[]} texts */
function loaderText(...texts) {
  const said = texts.map((text) => sentence(text, CONFIG_FR));
  const shown = make('span', '', said.join('. '));
  if (said.every((text, i) => text === texts[i])) shown.lang = 'en';
  return shown;
}

/**
 * @param {string} text
 * @param {string} label
 */
export function codeBlock(text, label) {
  const block = make('pre', 'code', text);
  // Reached by keyboard, so that it can be scrolled there too.
  block.tabIndex = 0;
  block.setAttribute('role', 'region');
  block.setAttribute('aria-label', label);
  return block;
}
