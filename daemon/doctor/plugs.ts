import { pino } from 'pino';
import type { MqttConnection } from '../../adapters/mqtt/client.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import type { PlugConfig } from '../../config/schema.ts';
import { PlugAuthRefused, PlugUnreachable, wordsOf } from '../../model/errors.ts';
import { faultsAmong } from '../../model/faults.ts';
import type { CheckUp, PlugDevice, PlugSink } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { withDeviceMemory } from '../with-journal.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient, RunningDaemon } from './patient.ts';

/** What a plug on a broker tells beside its answers (how it is set, retained commands) comes within this after them. */
const SETTLE_MS = 1500;
/** A plug's clock decides where its days begin; less does not matter. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Asks every plug who it is, what it draws and how it is set; switches none. A Tapo plug has one session: beside a daemon
 * that runs it is not asked a second time, the daemon tells what it knows of it. So it is with the plugs of offair's own
 * broker, which nobody else may hear.
 * @param mqtt a connection to the studio's broker; null when there is none, or it can't be reached
 */
export async function checkPlugs(patient: Patient, mqtt: MqttConnection | null): Promise<Finding[]> {
  const { config, clock, random, secret, daemon } = patient;
  const log = pino({ level: 'silent' });
  const lists = await withDeviceMemory(config, async (memory) => {
    const deps = {
      ...{ clock, random, log, mqtt, secret, memory },
      timeZone: config.studio.timeZone,
      networkInterface: config.discovery.interface ?? null,
    };
    // One factory for all: the outlets of a strip share its session.
    const families = new Map(plugAdapters.map((one) => [one.name, { ...one, make: one.factory(deps) }]));
    return Promise.all(
      config.plugs.map(async (plug) => {
        const family = families.get(plug.adapter);
        const findings = new Findings('plugs');
        const needsMqtt = family?.needsMqtt === true;
        const own = needsMqtt && config.mqtt?.embedded !== undefined;
        const settleMs = needsMqtt ? SETTLE_MS : 0;
        if (daemon && (own || !needsMqtt)) tellByDaemon(findings, plug, daemon);
        else if (own)
          findings.skipped('plug-not-asked', "it is on offair's own broker, which runs with the daemon", {
            about: plug.id,
            remedy: 'start offair, and run the doctor again',
          });
        else if (needsMqtt && !mqtt?.connected)
          findings.failed('plug-broker-away', 'it is reached through the broker, which can not be reached', {
            about: plug.id,
            remedy: 'see broker',
          });
        else if (family) {
          try {
            // Nothing may be sent, not even to keep what an earlier run has cut.
            await examine(findings, plug, family.make({ id: plug.id, mayBeCut: false }, plug), { clock, settleMs });
          } catch (error) {
            findings.failed('plug-not-made', wordsOf(error), { about: plug.id, remedy: 'see secrets' });
          }
        }
        return findings.list;
      }),
    );
  });
  return lists.flat();
}

async function examine(
  findings: Findings,
  { id, essential }: PlugConfig,
  device: PlugDevice,
  { clock, settleMs }: Pick<Patient, 'clock'> & { settleMs: number },
): Promise<void> {
  const troubles = new Set<string>();
  const sink: PlugSink = { reading: () => {}, offline: () => {}, trouble: (_plug, what) => troubles.add(what) };
  try {
    await device.start(sink);
    const reading = await device.read();
    const checkUp = (await device.checkUp?.()) ?? null;
    if (device.relay && device.expectedMac !== null) {
      const mac = await device.relay.identity();
      if (mac !== device.expectedMac)
        findings.failed('plug-other', `it is another device: ${mac}, and ${device.expectedMac} is configured`, {
          about: id,
          remedy: 'correct mac, host or device in studio.yaml: it is never switched like this',
        });
    }
    await clock.sleep(settleMs);
    for (const what of troubles)
      findings.warning('plug-trouble', what, { about: id, remedy: 'as it says; then run the doctor again' });
    for (const fault of faultsAmong(reading.flags))
      findings.failed('plug-fault', `it reports ${fault}`, {
        about: id,
        remedy: 'look at the plug and what hangs on it',
      });
    if (checkUp) tellCheckUp(findings, id, essential, checkUp);
    findings.ok('plug', wordsOfReading(reading, checkUp), id);
  } catch (error) {
    const remedy =
      error instanceof PlugAuthRefused
        ? 'as it says, before the next try: there are plugs that count wrong passwords'
        : 'is it powered, in the network, and the address right? offair discover --config FILE shows what is there';
    const code =
      error instanceof PlugAuthRefused ? 'plug-refused' : error instanceof PlugUnreachable ? 'plug-away' : 'plug-odd';
    findings.failed(code, wordsOf(error), { about: id, remedy });
  } finally {
    await device.stop();
  }
}

function tellCheckUp(findings: Findings, id: string, essential: boolean, { powerOn, clockAheadMs }: CheckUp): void {
  if (powerOn === 'off')
    findings.add(essential ? 'failed' : 'warning', 'plug-power-on-off', 'it stays off after a power cut', {
      about: id,
      remedy: "set what it does at power-on to last state, or on, in the maker's app",
    });
  if (clockAheadMs !== null && Math.abs(clockAheadMs) > CLOCK_TOLERANCE_MS)
    findings.warning(
      'plug-clock',
      `its clock is ${Math.round(Math.abs(clockAheadMs) / 1000)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine`,
      { about: id, remedy: 'let the plug reach a time server (UDP port 123), and check the clock of this machine' },
    );
}

function wordsOfReading({ watts, relay, flags }: Reading, checkUp: CheckUp | null): string {
  const draws = watts === null ? 'does not measure' : `${watts.toFixed(1)} W`;
  const state = relay === null ? 'no relay' : relay ? 'on' : 'off';
  const who = [checkUp?.model, checkUp?.firmware && `firmware ${checkUp.firmware}`].filter(Boolean);
  const clock = flags.includes('clock-unset') ? ['its clock is not set'] : [];
  return [draws, state, ...who, ...clock].join(', ');
}

function tellByDaemon(findings: Findings, { id }: PlugConfig, { status, silence }: RunningDaemon): void {
  const plug = status?.plugs.find((each) => each.id === id);
  if (!status)
    findings.skipped('plug-not-asked', `the running daemon has its session, and ${silence}`, {
      about: id,
      remedy: 'look at its page, or stop the daemon and run the doctor again',
    });
  else if (!plug)
    findings.warning('plug-not-loaded', 'the running daemon does not know it', {
      about: id,
      remedy: 'reload the configuration: systemctl reload offair, or send the daemon SIGHUP',
    });
  else if (!plug.online)
    findings.failed('plug-away', plug.problem?.text ?? 'the running daemon does not reach it', {
      about: id,
      remedy: plug.problem ? 'as it says' : 'is it powered and in the network?',
    });
  else {
    const draws = plug.watts === null ? 'does not measure' : `${plug.watts.toFixed(1)} W`;
    findings.ok('plug', `${draws}, says the running daemon`, id);
    if (plug.problem) findings.warning('plug-trouble', plug.problem.text, { about: id, remedy: 'as it says' });
  }
}
