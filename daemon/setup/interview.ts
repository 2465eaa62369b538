import { pino } from 'pino';
import { createIntensity, PROVIDER_NAMES, whyNot } from '../../adapters/carbon/index.ts';
import { localAddresses } from '../../adapters/local-addresses.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import type { Clock, Random } from '../../model/clock.ts';
import { PLUG_KINDS } from '../../model/plug.ts';
import { slug } from '../discover.ts';
import type { Asker } from './asker.ts';
import { checkAccess } from './checks.ts';
import type { Draft, SaidOfPlug } from './draft.ts';
import type { Candidate } from './search.ts';

interface InterviewDeps {
  asker: Asker;
  clock: Clock;
  random: Random;
  /** The machine's own time zone. */
  timeZone: string;
}

/** Kinds whose draw does not tell whether they are needed. */
const TELLS_NOTHING = new Set(['light']);
/** What most devices draw at the least while they work, W: a first threshold, to be looked at later. */
const FIRST_IDLE_WATTS = 5;

const notEmpty = (answer: string) => (answer === '' ? 'a word is needed' : null);
const isUrl = (schemes: string[]) => (answer: string) =>
  URL.canParse(answer) && schemes.includes(new URL(answer).protocol) && new URL(answer).username === ''
    ? null
    : `${schemes.map((scheme) => `${scheme}//host:port`).join(' or ')}, without user or password`;

/** Asks for everything but the plugs, and tries each credential before it goes on. Only what is not there yet. */
export async function askForStudio(draft: Draft, deps: InterviewDeps): Promise<void> {
  if (!draft.existing) {
    await askForStudioItself(draft, deps);
    draft.sections.switching = { dryRun: true };
  }
  await askForTapo(draft, deps);
  if (!draft.section('mqtt')) await askForBroker(draft, deps);
  if (draft.existing) return;
  await askForGrid(draft, deps);
  await askForInflux(draft, deps);
  await askForObs(draft, deps);
}

async function askForStudioItself(draft: Draft, { asker, timeZone }: InterviewDeps): Promise<void> {
  const name = await asker.text({ question: 'What is the studio called?', initial: 'Studio', wrong: notEmpty });
  const id = await asker.text({
    question: 'Its short name, a tag of every measurement: it never changes',
    initial: slug(name) || 'studio',
    wrong: (answer) => (/^[a-z0-9][a-z0-9-]{0,62}$/.test(answer) ? null : 'small letters, digits and dashes'),
  });
  const country = await asker.text({
    question: 'In which country? It chooses the electricity grid (FR, BE, CH, DE, …)',
    initial: 'FR',
    wrong: (answer) => (/^[A-Za-z]{2}$/.test(answer) ? null : 'two letters'),
  });
  const zone = await asker.text({ question: 'Time zone', initial: timeZone, wrong: notEmpty });
  draft.sections.studio = { id, name, country: country.toUpperCase(), timeZone: zone };
}

async function askForTapo(draft: Draft, { asker }: InterviewDeps): Promise<void> {
  if (draft.secret('tapo_username') !== undefined && draft.secret('tapo_password') !== undefined) return;
  if (!(await asker.confirm('Are there Tapo plugs?', true))) return;
  const email = await asker.text({
    question: 'E-mail of the Tapo account, as it is written there (capitals count)',
    wrong: notEmpty,
  });
  const password = await asker.password('Its password');
  draft.newSecrets.set('tapo_username', email).set('tapo_password', password);
}

async function askForBroker(draft: Draft, deps: InterviewDeps): Promise<void> {
  const { asker } = deps;
  const overMqtt = plugAdapters.filter(({ needsMqtt }) => needsMqtt).map(({ label }) => label);
  const kind = await asker.choose(
    `${overMqtt.join(', ')}: these plugs speak MQTT. Which broker?`,
    { none: 'none: there are no such plugs', url: 'one that runs already', own: 'offair is the broker itself' },
    'none',
  );
  if (kind === 'none') return;
  if (kind === 'own') {
    const addresses = localAddresses(null);
    const host = await asker.text({
      question: "This machine's address in the plugs' network",
      initial: addresses[0]?.address ?? '0.0.0.0',
      wrong: notEmpty,
    });
    draft.sections.mqtt = { embedded: { host } };
    asker.say('Each plug gets a user of its own: offair mqtt-user add NAME --device ID --config FILE');
    return;
  }
  await untilRight(draft, 'mqtt', deps, async () => {
    const before = draft.sections.mqtt as { url?: string; username?: string } | undefined;
    const wrong = isUrl(['mqtt:', 'mqtts:']);
    const url = await asker.text({ question: 'Its address', initial: before?.url ?? 'mqtt://127.0.0.1:1883', wrong });
    const username = await asker.text({
      question: 'User (empty when it asks for none)',
      initial: before?.username ?? '',
    });
    draft.sections.mqtt = { url, ...(username && { username }) };
    if (username) draft.newSecrets.set('mqtt_password', await asker.password('Its password'));
  });
}

async function askForGrid(draft: Draft, { asker, clock }: InterviewDeps): Promise<void> {
  const { country } = draft.sections.studio as { country: string };
  const log = pino({ level: 'silent' });
  const grid = { zone: country };
  const { sources, fallback } = createIntensity(grid, { clock, log, secret: draft.secret });
  const asked = sources.map(({ provider }) => provider);
  const last = fallback ? `, at last the yearly average (${Math.round(fallback.gramsPerKwh)} g/kWh)` : '';
  asker.say(
    `The grid of ${country}: ${asked.length > 0 ? `${asked.join(', ')} will be asked` : 'nobody can be asked'}${last}.`,
  );
  const known = PROVIDER_NAMES.filter((name) => whyNot(name, grid) === null);
  if (!known.includes('electricity-maps') || draft.secret('electricitymaps_token') !== undefined) return;
  const token = await asker.password('Token of Electricity Maps, if you have one (else empty)');
  if (token) draft.newSecrets.set('electricitymaps_token', token);
}

async function askForInflux(draft: Draft, deps: InterviewDeps): Promise<void> {
  const { asker } = deps;
  const flavour = await asker.choose(
    'Is there an InfluxDB that is to have the points too?',
    {
      none: 'no: the journal keeps everything',
      1: 'InfluxDB 1.x, or VictoriaMetrics',
      2: 'InfluxDB 2.x',
      3: 'InfluxDB 3',
    },
    'none',
  );
  if (flavour === 'none') return;
  await untilRight(draft, 'influx', deps, async () => {
    const before = draft.sections.influx as Record<string, string> | undefined;
    const wrong = isUrl(['http:', 'https:']);
    const url = await asker.text({ question: 'Its address', initial: before?.url ?? 'http://127.0.0.1:8086', wrong });
    const place = await asker.text({
      question: flavour === '2' ? 'Bucket' : 'Database',
      initial: before?.database ?? before?.bucket ?? 'offair',
      wrong: notEmpty,
    });
    if (flavour === '1') {
      const username = await asker.text({
        question: 'User (empty when it asks for none)',
        initial: before?.username ?? '',
      });
      draft.sections.influx = { flavour: 1, url, database: place, ...(username && { username }) };
      if (username) draft.newSecrets.set('influx_password', await asker.password('Its password'));
      return;
    }
    const org =
      flavour === '2'
        ? await asker.text({ question: 'Organisation', initial: before?.org ?? '', wrong: notEmpty })
        : null;
    draft.sections.influx =
      org === null ? { flavour: 3, url, database: place } : { flavour: 2, url, org, bucket: place };
    const token = await asker.password('Token');
    if (token) draft.newSecrets.set('influx_token', token);
  });
}

async function askForObs(draft: Draft, deps: InterviewDeps): Promise<void> {
  const { asker } = deps;
  const yes = await asker.confirm('Is OBS to tell when a live begins and ends? (OBS 28 or later)', false);
  if (!yes) return;
  asker.say('In OBS: Tools, WebSocket Server Settings, Enable; Show Connect Info has address and password.');
  await untilRight(draft, 'sessionSources', deps, async () => {
    const before = draft.sections.sessionSources as { obs: { url: string } } | undefined;
    const wrong = isUrl(['ws:', 'wss:']);
    const url = await asker.text({ question: 'Its address', initial: before?.obs.url ?? 'ws://127.0.0.1:4455', wrong });
    draft.sections.sessionSources = { obs: { url } };
    const password = await asker.password('Its password (empty when it asks for none)');
    if (password) draft.newSecrets.set('obs_password', password);
  });
}

/** Asks until it works, or the person goes on all the same: what is to be reached may be switched off today. */
async function untilRight(
  draft: Draft,
  part: 'mqtt' | 'influx' | 'sessionSources',
  deps: InterviewDeps,
  ask: () => Promise<void>,
): Promise<void> {
  const { asker } = deps;
  for (;;) {
    await ask();
    const wrong = await asker.busy('Trying it', () => checkAccess(draft, part, deps));
    if (wrong.length === 0) return;
    for (const { text, remedy } of wrong) asker.warn(`${text}\n→ ${remedy}`);
    if (await asker.confirm('Go on all the same?', false)) return;
  }
}

/** Shows a plug that was found, with what it draws now, and asks what it is. null: it is left out. */
export async function askForPlug(
  candidate: Candidate,
  { asker }: Pick<InterviewDeps, 'asker'>,
): Promise<SaidOfPlug | null> {
  const { plug, device, outlet } = candidate;
  const what = `${device.model} at ${device.address}${outlet === null ? '' : `, outlet ${outlet}`}`;
  for (;;) {
    const { watts, relay, problem } = await asker.busy(`Reading ${plug.name} (${what})`, () => candidate.read());
    const draws = watts === null ? 'watts not known' : `${watts.toFixed(1)} W`;
    const state = relay === null ? '' : relay ? ', on' : ', off';
    if (problem !== null) asker.warn(device.obstacle ?? problem);
    const choice = await asker.choose(
      `${plug.name}: ${what}, ${draws}${state}`,
      {
        add: 'add it',
        again: 'read it again (switch on what hangs on it, and see which one it is)',
        leave: 'leave it out',
      },
      problem === null ? 'add' : 'leave',
    );
    if (choice === 'leave') return null;
    if (choice === 'add') break;
  }
  const name = await asker.text({ question: 'What hangs on it?', initial: plug.name, wrong: notEmpty });
  const kinds = Object.fromEntries(PLUG_KINDS.map((kind) => [kind, kind])) as Record<
    (typeof PLUG_KINDS)[number],
    string
  >;
  const kind = await asker.choose('What kind of thing is that?', kinds, 'other');
  // What measures the roof is never cut.
  const essential =
    kind === 'solar' || !(await asker.confirm('May it be cut between lives, when nobody uses it?', false));
  const chosen = { name, kind };
  return essential ? chosen : { ...chosen, essential: false, idleWatts: await askForIdleWatts(kind, asker) };
}

async function askForIdleWatts(kind: string, asker: Asker): Promise<number | 'any'> {
  const answer = await asker.text({
    question: 'Above how many watts is it in use? Then it is never cut. "any": its draw tells nothing',
    initial: TELLS_NOTHING.has(kind) ? 'any' : String(FIRST_IDLE_WATTS),
    wrong: (text) => (text === 'any' || Number(text.replace(',', '.')) > 0 ? null : 'a number of watts, or any'),
  });
  return answer === 'any' ? 'any' : Number(answer.replace(',', '.'));
}
