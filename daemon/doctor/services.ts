import { pino } from 'pino';
import { createIntensity } from '../../adapters/carbon/index.ts';
import { inspect, instructions } from '../../adapters/influx/index.ts';
import { ObsSource } from '../../adapters/obs/index.ts';
import { gridOf } from '../../config/carbon.ts';
import type { StudioConfig } from '../../config/schema.ts';
import { wordsOf } from '../../model/errors.ts';
import type { SourceReport } from '../../model/signals.ts';
import { influxSettings } from '../influx.ts';
import { within } from '../within.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';

/** So much of a patient as a check needs: a configuration may still be in the making. */
type Part<Section extends keyof StudioConfig> = Pick<Patient, 'clock' | 'random' | 'secret'> & {
  config: Pick<StudioConfig, Section>;
};

const OBS_MS = 6000;
const HOUR_MS = 3_600_000;
/** Providers are late by an hour or two. */
const RECENT_MS = 6 * HOUR_MS;
const OLD_MS = 3 * HOUR_MS;
/** The server says its time to the second, and the answer takes a moment. */
const CLOCK_TOLERANCE_MS = 5000;

/** Is InfluxDB there, does it take what offair writes, and is its clock ours? */
export async function checkInflux(
  { config, secret, clock }: Part<'influx' | 'studio'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Finding[]> {
  const findings = new Findings('influx');
  if (!config.influx) {
    findings.skipped('no-influx', 'this configuration has none: the journal keeps everything');
    return findings.list;
  }
  const { url, flavour } = config.influx;
  const settings = influxSettings(config.influx, config.studio, secret);
  const seen = await inspect(settings, clock, signal).catch((error: Error) => error);
  if (seen instanceof Error) {
    findings.failed('influx-away', `${url} does not answer (${seen.message})`, {
      remedy: 'does InfluxDB run, is influx.url right, does a firewall stand between? Points wait in the journal',
    });
    return findings.list;
  }
  const { version, serverAtMs, write, retention } = seen;
  findings.ok('influx', `${url} answers${version === null ? '' : `: InfluxDB ${version}`}`);
  const major = Number(/^v?(\d+)/.exec(version ?? '')?.[1]);
  if (Number.isInteger(major) && major >= 1 && major <= 3 && major !== flavour)
    findings.failed('influx-flavour', `it is InfluxDB ${major}.x, and influx.flavour is ${flavour}`, {
      remedy: `set influx.flavour: ${major}`,
    });
  if (write.kind === 'taken') findings.ok('influx-write', 'it takes what offair writes');
  else if (write.kind === 'unacceptable') findings.ok('influx-write', 'it lets offair write');
  else if (write.kind === 'later')
    findings.failed('influx-busy', `it does not take points now: ${write.reason}`, { remedy: 'look at its log' });
  else if (write.missing)
    findings.warning('influx-missing', `it has no place for the points yet: ${write.reason}`, {
      remedy: `offair makes it at its start, if it may; otherwise: ${instructions(settings).database}`,
    });
  else
    findings.failed('influx-refused', `it does not let offair write: ${write.reason}`, {
      remedy: `check ${flavour === 1 ? 'influx.username and the secret influx_password' : 'the secret influx_token'}, and its rights: offair influx-setup --config FILE`,
    });
  if (retention !== null)
    findings.ok('influx-retention', `points are kept for ${retention === '0s' ? 'ever' : retention}`);
  if (serverAtMs !== null) {
    const aheadMs = serverAtMs - clock.nowMs();
    if (Math.abs(aheadMs) > CLOCK_TOLERANCE_MS)
      findings.warning(
        'influx-clock',
        `its clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`,
        { remedy: 'set both by a time server: recent points are missing in dashboards otherwise' },
      );
  }
  return findings.list;
}

/** Does any provider tell the grid's intensity, and how fresh is it? */
export async function checkCarbon(patient: Patient, signal: AbortSignal): Promise<Finding[]> {
  const { config, clock, secret, intensitySources } = patient;
  const findings = new Findings('carbon');
  const log = pino({ level: 'silent' });
  const { sources, fallback } = createIntensity(gridOf(config), { clock, log, secret }, intensitySources);
  const nowMs = clock.nowMs();
  let answered = false;
  const results = await Promise.all(
    sources.map(async (source) => ({
      provider: source.provider,
      answer: await source.fetch(nowMs - RECENT_MS, nowMs, signal).catch((error: Error) => error),
    })),
  );
  for (const { provider, answer } of results) {
    const remedy = 'can this machine reach the internet? The next provider stands in, or the yearly average';
    if (answer instanceof Error) {
      findings.warning('carbon-silent', wordsOf(answer), { about: provider, remedy });
      continue;
    }
    const last = answer.at(-1);
    if (!last) {
      findings.warning('carbon-empty', `it has no value of the last ${RECENT_MS / HOUR_MS} hours`, {
        about: provider,
        remedy,
      });
      continue;
    }
    answered = true;
    const ageMinutes = Math.max(0, Math.round((nowMs - last.endMs) / 60_000));
    const words = `${Math.round(last.gramsPerKwh)} g/kWh (${last.factorType}, ${last.status}) up to ${ageMinutes} minutes ago`;
    if (nowMs - last.endMs > OLD_MS)
      findings.warning('carbon-old', words, { about: provider, remedy: 'it is late: wait' });
    else findings.ok('carbon', words, provider);
  }
  if (answered) return findings.list;
  if (fallback)
    findings.warning(
      'carbon-static',
      `no provider answers: ${Math.round(fallback.gramsPerKwh)} g/kWh, a yearly average, stands in`,
      {
        remedy: sources.length === 0 ? 'give the secret electricitymaps_token, or entsoe_token in Europe' : 'see above',
      },
    );
  else
    findings.failed('carbon-none', 'no provider answers and no average is known: there will be no grams', {
      remedy: 'give the secret electricitymaps_token, or set carbon.providers',
    });
  return findings.list;
}

/** Does OBS let offair in? */
export async function checkObs({ config, secret, clock, random }: Part<'sessionSources'>): Promise<Finding[]> {
  const findings = new Findings('obs');
  const { obs } = config.sessionSources;
  if (!obs) {
    findings.skipped('no-obs', 'this configuration has none');
    return findings.list;
  }
  const source = new ObsSource({ ...obs, password: secret('obs_password') }, { clock, random });
  const report = await within(clock, OBS_MS, new Promise<SourceReport>((resolve) => source.start(resolve)));
  await source.stop();
  if (report === null || (report.says === 'unknown' && !['obs-refused', 'obs-version'].includes(report.detail.code)))
    findings.warning('obs-away', report?.detail.text ?? `OBS at ${obs.url} does not answer`, {
      remedy:
        'is OBS open? Tools, WebSocket Server Settings: enabled, same port; while it is not reached nothing is cut',
    });
  else if (report.says === 'unknown')
    findings.failed('obs-refused', report.detail.text, { remedy: 'as it says; nothing is cut while it is so' });
  else findings.ok('obs', `${obs.url}: ${report.detail.text}`);
  return findings.list;
}
