import { normaliseMac } from '../../adapters/mac.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import type { Spoken } from '../../adapters/simulator/tapo-behaviour.ts';
import { FixtureMethods } from '../../adapters/simulator/tapo-fixture.ts';
import type { CompleteFixture, Fixture } from '../../adapters/tapo/fixture.ts';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import type { Clock } from '../../model/clock.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ACCOUNT } from './studio.ts';

/** What the device said, without when and by whom it was asked. */
export type Said = Omit<Reading, 'plug' | 'atMs' | 'monotonicMs'>;

export interface FixtureBench {
  methods: FixtureMethods;
  host: string;
  port: number;
  /** A plug per outlet, in the order of the strip's list. */
  plugs: PlugDevice[];
  /** What the adapter told a technician. */
  troubles: string[];
  close(): Promise<void>;
}

/** The device of a fixture, behind its own transport and a real socket, and the real adapter for each of its outlets. */
export async function fixtureBench(
  fixture: CompleteFixture,
  clock: Clock = new FakeClock(),
  host = '127.0.0.1',
): Promise<FixtureBench> {
  const methods = new FixtureMethods(fixture, { pageSize: 4 });
  const tapo = new SimulatedTapo({
    clock,
    ...ACCOUNT,
    outlet: new SimulatedOutlet(clock, () => 0),
    mac: String(fixture.methods.get_device_info?.mac),
    model: 'P110',
    nickname: '',
    firmware: fixture.firmware,
    methods,
  });
  tapo.behave({ speaks: [spokenBy(fixture)] });
  const port = await tapo.start(host);
  const secrets: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
  const factory = tapoFactory(adapterDeps({ clock, secret: (name) => secrets[name] }), 0);
  const troubles: string[] = [];
  const positions = fixture.children.map(({ info }) => info.position);
  const plugs = (positions.length > 0 ? positions : [undefined]).map((outlet) =>
    factory(
      { id: `outlet-${outlet ?? 'only'}` },
      {
        ...{ adapter: 'tapo', host, port, pollSeconds: 10, mac: macOf(fixture) },
        ...(outlet !== undefined && { outlet }),
      },
    ),
  );
  for (const plug of plugs)
    await plug.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
  return {
    ...{ methods, host, port, plugs, troubles },
    async close() {
      for (const plug of plugs) await plug.stop();
      await tapo.stop();
    },
  };
}

/** The version of securePassthrough's login is what discovery calls `lv`; plugs with KLAP all have its version 2. */
export function spokenBy({ transport: { kind, lv } }: Fixture): Spoken {
  if (kind === 'aes') return lv === 2 ? 'aes-2' : 'aes-1';
  return kind === 'klap' ? 'klap-2' : kind;
}

export function said({ plug: _plug, atMs: _at, monotonicMs: _monotonic, ...rest }: Reading): Said {
  return rest;
}

export function macOf(fixture: CompleteFixture): string {
  return normaliseMac(String(fixture.methods.get_device_info?.mac)) ?? '';
}

/** What each outlet's plug must say, by the facts: W from the finest source, whole Wh of today, V and A. */
export function expected(fixture: CompleteFixture): Said[] {
  const [first] = fixture.children;
  if (!first) return [expectedOf(fixture.methods.get_device_info ?? {}, fixture.methods)];
  return fixture.children.map(({ info, methods }) => expectedOf({ ...first.info, ...info }, methods));
}

function expectedOf(info: Record<string, unknown>, methods: CompleteFixture['methods']): Said {
  const value = (method: string, field: string, divisor: number) => {
    const raw = methods[method]?.[field];
    return typeof raw === 'number' ? raw / divisor : null;
  };
  const abnormal: [flag: string, is: boolean][] = [
    ['overheated', info.overheated === true || !['normal', undefined].includes(info.overheat_status as string)],
    ['overpower', !['normal', undefined].includes(info.power_protection_status as string)],
    ['overcurrent', !['normal', undefined].includes(info.overcurrent_status as string)],
    ['charging-cut', !['normal', undefined].includes(info.charging_status as string)],
    ['auto-off', !['off', undefined].includes(info.auto_off_status as string)],
  ];
  return {
    watts:
      value('get_emeter_data', 'power_mw', 1000) ??
      value('get_energy_usage', 'current_power', 1000) ??
      value('get_current_power', 'current_power', 1),
    counterWh: value('get_energy_usage', 'today_energy', 1),
    relay: info.device_on as boolean,
    volts: value('get_emeter_data', 'voltage_mv', 1000),
    amps: value('get_emeter_data', 'current_ma', 1000),
    celsius: null,
    flags: abnormal.filter(([, is]) => is).map(([flag]) => flag),
    feed: 'polled',
  };
}
