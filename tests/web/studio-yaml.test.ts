import { describe, expect, test } from 'vitest';
import { itemsOf, keyOf, needsBroker, slug, studioYaml } from '../../api/web/studio-yaml.js';
import { parseConfig } from '../../config/load.ts';

const FAMILIES = [
  { adapter: 'tapo', label: 'Tapo', needsMqtt: false, byHand: null },
  { adapter: 'shelly', label: 'Shelly', needsMqtt: true, byHand: null },
];
const STUDIO = { name: 'Studio “à côté”: n° 1', country: 'fr', timeZone: 'Europe/Paris', broker: '' };
const TAPO = `  - id: key-light
    name: Key light
    adapter: tapo
    host: 192.168.1.21
    mac: 9C5322000001
`;
const SHELLY = `  # look at it
  - id: desk
    name: "Desk: left"
    adapter: shelly
    device: shellyplugsg3-8cbfeaa133f0
`;
const choice = (yaml: string, more = {}) => ({
  ...{ yaml, chosen: true, kind: 'light', name: keyOf(yaml, 'name'), mayBeCut: false, idleWatts: 5 },
  ...more,
});

describe('the file that the first-run page makes', () => {
  test('is right, and nothing in it is ever cut unless a person says so', () => {
    const text = studioYaml(STUDIO, [choice(TAPO), choice(SHELLY, { kind: 'monitor' })], FAMILIES);
    const config = parseConfig(text, 'studio.yaml');
    expect(config.studio).toMatchObject({ id: 'studio-a-cote-n-1', name: STUDIO.name, country: 'FR' });
    expect(config.switching.dryRun).toBe(true);
    expect(config.mqtt?.url).toBe('mqtt://127.0.0.1:1883');
    expect(config.plugs.map(({ name, kind, essential }) => [name, kind, essential])).toEqual([
      ['Key light', 'light', true],
      ['Desk: left', 'monitor', true],
    ]);
  });

  test('lets a plug be cut with its idle watts when a person says so, and calls it as they do', () => {
    const cut = choice(TAPO, { mayBeCut: true, idleWatts: 3.5, name: 'Lampe "clé" #1' });
    const [plug] = parseConfig(studioYaml(STUDIO, [cut], FAMILIES), 'studio.yaml').plugs;
    expect(plug).toMatchObject({ name: 'Lampe "clé" #1', essential: false, idleWatts: 3.5 });
  });

  test('leaves out what was not chosen, and the broker where nothing speaks over one', () => {
    const choices = [choice(TAPO), choice(SHELLY, { chosen: false })];
    expect(needsBroker(choices, FAMILIES)).toBe(false);
    expect(studioYaml(STUDIO, choices, FAMILIES)).not.toMatch(/mqtt|desk/);
  });

  test('takes a strip apart into its outlets', () => {
    const strip = TAPO + TAPO.replaceAll('key-light', 'key-light-2');
    expect(itemsOf(strip).map((item) => keyOf(item, 'id'))).toEqual(['key-light', 'key-light-2']);
    expect(slug('***')).toBe('');
  });
});
