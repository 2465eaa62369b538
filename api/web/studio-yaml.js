/** The text of a first studio.yaml, made of what a person chose. */

/**
 * @typedef {{ yaml: string, chosen: boolean, kind: string, name: string, mayBeCut: boolean, idleWatts: number }} Choice one plug
 * @typedef {{ name: string, country: string, timeZone: string, broker: string }} Studio
 */

/**
 * The plugs in the lines of a device: a strip has several.
 * @param {string} yaml lines for `plugs:`
 * @returns {string[]}
 */
export const itemsOf = (yaml) => yaml.split(/^(?= {2}- )/m).filter((item) => /^ {2}- /.test(item));

/**
 * The value of a key in the lines of a plug, without quotes.
 * @param {string} item
 * @param {string} key
 */
export const keyOf = (item, key) =>
  new RegExp(`^(?: {2}- | {4})${key}: *(.*)$`, 'm').exec(item)?.[1]?.replace(/^["'](.*)["']$/, '$1') ?? '';

/**
 * @param {readonly Choice[]} choices
 * @param {readonly import('./types.d.ts').Family[]} families
 */
export const needsBroker = (choices, families) =>
  choices.some(
    ({ chosen, yaml }) =>
      chosen && families.some(({ adapter, needsMqtt }) => needsMqtt && adapter === keyOf(yaml, 'adapter')),
  );

/**
 * `Studio à côté` becomes `studio-a-cote`.
 * @param {string} text
 */
export const slug = (text) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);

/** A text that YAML takes for nothing else. @param {string} text */
const quoted = (text) => JSON.stringify(text);

/**
 * @param {Studio} studio
 * @param {readonly Choice[]} choices
 * @param {readonly import('./types.d.ts').Family[]} families
 * @returns {string}
 */
export function studioYaml({ name, country, timeZone, broker }, choices, families) {
  const lines = [
    'studio:',
    `  id: ${slug(name) || 'studio'}`,
    `  name: ${quoted(name)}`,
    `  country: ${country.toUpperCase()}`,
    `  timeZone: ${timeZone}`,
    ...(needsBroker(choices, families) ? ['mqtt:', `  url: ${broker || 'mqtt://127.0.0.1:1883'}`] : []),
    'switching:',
    '  dryRun: true',
    'plugs:',
  ];
  const plugs = choices.filter(({ chosen }) => chosen).map(plugYaml);
  return `${lines.join('\n')}\n${plugs.join('')}`;
}

/** @param {Choice} choice */
function plugYaml({ yaml, kind, name, mayBeCut, idleWatts }) {
  const own = yaml.replace(/^( {2}- | {4})name:.*$/m, (_, indent) => `${indent}name: ${quoted(name)}`).trimEnd();
  const more = [`kind: ${kind}`, ...(mayBeCut ? ['essential: false', `idleWatts: ${idleWatts}`] : [])];
  return `${own}\n${more.map((line) => `    ${line}\n`).join('')}`;
}
