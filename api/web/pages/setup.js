import { get, post } from '../api.js';
import { after } from '../clock.js';
import { copyText } from '../copy.js';
import { make, say, show } from '../dom.js';
import { itemsOf, keyOf, needsBroker, studioYaml } from '../studio-yaml.js';
import { colon, sentence, t } from '../text.js';
import { checkbox, emptyText, errorText, labelled, pageHead, select } from '../ui.js';
import { codeBlock, troubleTable } from './settings.js';

const CHECK_AFTER_MS = 400;
const KINDS = /** @type {const} */ ([
  'camera',
  'light',
  'pc',
  'encoder',
  'monitor',
  'audio',
  'network',
  'projector',
  'other',
]);

/** @typedef {import('../types.d.ts').Discovered} Device */
/** @typedef {import('../types.d.ts').Family} Family */
/** @typedef {import('../studio-yaml.js').Choice} Choice */

/**
 * The way to a first configuration: the studio, the plugs that are found, the file.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, status }) {
  let closed = false;
  let cancel = () => {};
  const studio = {
    name: status.demo ? '' : status.studio.name,
    country: status.studio.country,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || status.studio.timeZone,
    broker: '',
  };
  /** By the lines of the plug. @type {Map<string, Choice>} */
  const choices = new Map();
  /** @type {Family[]} */
  let families = [];
  const found = make('div', 'stack');
  const another = make('div');
  const file = codeBlock('', 'studio.yaml');
  const verdict = make('div', 'stack');
  verdict.setAttribute('aria-live', 'polite');
  const broker = field(studio.broker, 'mqtt://192.168.1.10:1883', (value) => {
    studio.broker = value;
    write();
  });
  const brokerField = labelled(t('setupBroker'), broker);

  const write = () => {
    const all = [...choices.values()];
    show(brokerField, needsBroker(all, families));
    say(file, studioYaml(studio, all, families));
    cancel();
    cancel = after(CHECK_AFTER_MS, check);
  };
  const check = async () => {
    const text = file.textContent ?? '';
    const missing = [
      ...(studio.name === '' ? [t('setupNoName')] : []),
      ...([...choices.values()].some(({ chosen }) => chosen) ? [] : [t('setupNoPlug')]),
    ];
    if (missing.length > 0) {
      verdict.replaceChildren(make('p', 'warn', `${t('setupWrong')} ${missing.join(', ')}`));
      return;
    }
    try {
      const { problems } = /** @type {import('../types.d.ts').ConfigCheck} */ (
        await post('config/check', { yaml: text })
      );
      if (closed || text !== file.textContent) return;
      verdict.replaceChildren(
        problems.length === 0 ? make('p', 'better', t('setupRight')) : make('p', 'warn', t('setupWrong')),
        ...(problems.length > 0 ? [troubleTable(problems)] : []),
      );
    } catch (error) {
      if (!closed) verdict.replaceChildren(emptyText(errorText(error)));
    }
  };
  const add = (/** @type {Device[]} */ devices) => {
    for (const device of devices) {
      for (const yaml of itemsOf(device.yaml ?? '')) {
        if (choices.has(yaml)) continue;
        const choice = { yaml, chosen: true, kind: 'other', name: keyOf(yaml, 'name'), mayBeCut: false, idleWatts: 5 };
        choices.set(yaml, choice);
        found.append(choiceCard(device, choice, write));
      }
      if (device.yaml === null && device.obstacle)
        found.append(make('p', 'note', `${device.model} · ${device.address}${colon()}${sentence(device.obstacle)}`));
    }
    show(none, choices.size === 0);
    write();
  };
  const none = make('p', 'muted', t('setupNone'));
  const search = button(t('setupSearch'), 'primary', async () => {
    search.disabled = true;
    say(search, t('setupSearching'));
    try {
      const devices = /** @type {Device[]} */ (await post('discovered/search'));
      if (!closed) add(devices);
      if (!closed && devices.length === 0) say(none, t('setupNothing'));
    } catch (error) {
      if (!closed) say(none, errorText(error));
    }
    search.disabled = false;
    say(search, t('setupAgain'));
  });

  root.append(
    pageHead(t('pageSetup'), make('p', 'muted', t('setupHint'))),
    make(
      'ol',
      'steps',
      step(
        t('setupStudio'),
        make(
          'div',
          'columns',
          labelled(
            t('setupName'),
            field(studio.name, t('setupNameHint'), (value) => change({ name: value })),
          ),
          labelled(
            t('setupCountry'),
            field(studio.country, 'FR', (value) => change({ country: value })),
          ),
          labelled(
            t('setupZone'),
            field(studio.timeZone, 'Europe/Paris', (value) => change({ timeZone: value })),
          ),
        ),
      ),
      step(
        t('setupPlugs'),
        make('p', 'muted', t('setupSearchHint')),
        make('div', 'buttons', search),
        none,
        found,
        another,
      ),
      step(t('setupFile'), brokerField, file, verdict, make('div', 'buttons', copyButton(file), saveButton(file))),
      step(
        t('setupThen'),
        make(
          'ul',
          'notes',
          ...['setupThen1', 'setupThen2', 'setupThen3', 'setupThen4'].map((word) =>
            make('li', '', t(/** @type {import('../text.js').Word} */ (word))),
          ),
        ),
      ),
    ),
  );
  /** @param {Partial<typeof studio>} part */
  function change(part) {
    Object.assign(studio, part);
    write();
  }
  write();
  get('config').then(
    (config) => {
      if (closed) return;
      ({ families } = /** @type {import('../types.d.ts').ConfigView} */ (config));
      another.replaceChildren(byHand(families, add));
      write();
    },
    () => {},
  );
  // What the running daemon has found by itself: of the demo nothing is real.
  if (!status.demo)
    get('discovered').then(
      (devices) => !closed && add(/** @type {Device[]} */ (devices)),
      () => {},
    );
  return {
    close() {
      closed = true;
      cancel();
    },
  };
}

/**
 * @param {Device} device
 * @param {Choice} choice
 * @param {() => void} changed
 */
function choiceCard(device, choice, changed) {
  const set = (/** @type {Partial<Choice>} */ part) => {
    Object.assign(choice, part);
    show(idleField, choice.mayBeCut);
    changed();
  };
  const idle = field(String(choice.idleWatts), '5', (value) =>
    set({ idleWatts: Number(value.replace(',', '.')) || 0 }),
  );
  idle.inputMode = 'decimal';
  const idleField = labelled(t('setupIdle'), idle);
  show(idleField, false);
  const known = [device.model, device.address, device.mac].filter(Boolean).join(' · ');
  return make(
    'div',
    'card stack',
    checkbox(choice.name, choice.chosen, (chosen) => set({ chosen })),
    make('p', 'muted small', known),
    ...(device.obstacle ? [make('p', 'warn small', sentence(device.obstacle))] : []),
    make(
      'div',
      'fields',
      labelled(
        t('setupLabel'),
        field(choice.name, '', (name) => set({ name })),
      ),
      labelled(
        t('kind'),
        select(
          KINDS.map((kind) => [kind, t(kind)]),
          choice.kind,
          (kind) => set({ kind }),
        ),
      ),
      idleField,
    ),
    checkbox(t('setupMayBeCut'), choice.mayBeCut, (mayBeCut) => set({ mayBeCut })),
  );
}

/**
 * A plug that no search finds, by its address or whatever its family goes by.
 * @param {readonly Family[]} families
 * @param {(devices: Device[]) => void} add
 */
function byHand(families, add) {
  const able = families.flatMap(({ adapter, label, byHand }) => (byHand ? [{ adapter, label, ...byHand }] : []));
  let family = able[0] ?? { adapter: '', label: '', key: '', looksLike: '' };
  const name = field('', t('setupLabelHint'), () => {});
  const address = field('', family.looksLike, () => {});
  const form = make('form', 'fields');
  const kinds = select(
    able.map(({ adapter, label }) => [adapter, label]),
    family.adapter,
    (value) => {
      family = able.find(({ adapter }) => adapter === value) ?? family;
      address.placeholder = family.looksLike;
    },
  );
  const submit = make('button', '', t('setupAdd'));
  submit.type = 'submit';
  name.required = true;
  address.required = true;
  form.append(
    labelled(t('adapter'), kinds),
    labelled(t('setupLabel'), name),
    labelled(t('setupAddress'), address),
    submit,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const id =
      name.value
        .normalize('NFD')
        .replace(/\p{M}/gu, '')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'plug';
    const { adapter, key } = family;
    const yaml = `  - id: ${id}\n    name: ${JSON.stringify(name.value)}\n    adapter: ${adapter}\n    ${key}: ${JSON.stringify(address.value.trim())}\n`;
    add([
      {
        adapter,
        model: t('setupByHand'),
        firmware: null,
        mac: null,
        address: address.value,
        name: name.value,
        obstacle: null,
        yaml,
      },
    ]);
    form.reset();
  });
  return make('details', '', make('summary', '', t('setupByHand')), form);
}

/**
 * @param {string} title
 * @param {(string | Node)[]} content
 */
const step = (title, ...content) => make('li', 'card stack', make('h2', '', title), ...content);

/**
 * @param {string} value
 * @param {string} placeholder
 * @param {(value: string) => void} onInput
 */
function field(value, placeholder, onInput) {
  const input = make('input');
  Object.assign(input, { value, placeholder, autocomplete: 'off', spellcheck: false });
  input.addEventListener('input', () => onInput(input.value.trim()));
  return input;
}

/**
 * @param {string} text
 * @param {string} kind
 * @param {() => void} onPress
 */
function button(text, kind, onPress) {
  const made = make('button', kind, text);
  made.type = 'button';
  made.addEventListener('click', onPress);
  return made;
}

/** @param {HTMLElement} file */
function copyButton(file) {
  const copy = button(t('foundCopy'), '', async () => {
    say(copy, t((await copyText(file)) ? 'foundCopied' : 'foundCopy'));
  });
  return copy;
}

/** @param {HTMLElement} file */
function saveButton(file) {
  return button(t('setupSave'), 'primary', () => {
    const link = make('a');
    link.href = URL.createObjectURL(new Blob([file.textContent ?? ''], { type: 'application/yaml' }));
    link.download = 'studio.yaml';
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
