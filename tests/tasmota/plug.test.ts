import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTasmota, type SimulatedTasmotaOptions } from '../../adapters/simulator/tasmota.ts';
import { tasmotaAdapter } from '../../adapters/tasmota/index.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { cut, type MqttBench, mqttBench, rejection, Told, WATTS } from '../support/mqtt-bench.ts';
import { until } from '../support/until.ts';

const TOPIC = 'tasmota_1A2B3C';
const MAC = '5CCF7F1A2B3C';

describe('a plug with Tasmota', () => {
  let clock: FakeClock;
  let bench: MqttBench;
  let told: Told;

  beforeEach(async () => {
    clock = new FakeClock();
    bench = await mqttBench(clock);
    told = new Told();
  });
  afterEach(async () => {
    await bench.close();
  });

  const simulated = (own: Partial<SimulatedTasmotaOptions> = {}) =>
    bench.started(
      new SimulatedTasmota({
        clock,
        outlets: [bench.outlet],
        brokerUrl: bench.url,
        topic: TOPIC,
        mac: MAC,
        ...own,
      }),
    );
  const started = async (settings: Record<string, unknown> = {}): Promise<PlugDevice> => {
    const plug = bench.plug(tasmotaAdapter, { topic: TOPIC, mac: MAC, ...settings });
    await plug.start(told.sink);
    return plug;
  };
  const strip = () => {
    const outlets = [10, 20, 30].map((watts) => new SimulatedOutlet(clock, () => watts));
    return { outlets, tasmota: simulated({ outlets }) };
  };
  /** Somebody who answers a question, by its payload, with a message. */
  const answering = (question: string, answers: Record<string, [topic: string, text: string]>) =>
    bench.bus.subscribe(question, ({ payload }) => {
      const answer = answers[payload.toString()];
      if (answer) void bench.bus.publish(...answer);
    });
  const relayOf = ({ relay }: PlugDevice) => {
    if (!relay) throw new Error('no relay');
    return relay;
  };
  const soon = () => clock.monotonicMs() + 10_000;

  it('is asked for its meter and its relay, and counts kWh as Wh', async () => {
    await simulated();
    const plug = await started();
    await clock.advance(3_600_000);
    expect(await plug.read()).toMatchObject({
      watts: WATTS,
      relay: true,
      volts: 230,
      celsius: 46.5,
      counterWh: 74,
      feed: 'polled',
    });
  });

  it('is heard when it tells by itself, without being asked', async () => {
    await started({ pollSeconds: 300 });
    await simulated({ telePeriodSeconds: 10 });
    await clock.advance(10_000);
    await until('its telemetry', () => told.last?.watts === WATTS && told.last.relay === true);
  });

  it('is read again, its meter lags, after somebody pressed its button', async () => {
    const tasmota = await simulated();
    const plug = await started();
    await plug.read();
    told.readings.length = 0;
    tasmota.press(1);
    await until('it is off', () => !bench.outlet.relay);
    await until('a reading', async () => {
      await clock.advance(50);
      return told.readings.length > 0;
    });
    expect(told.readings[0]).toMatchObject({ relay: false, watts: 0 });
  });

  it('is each outlet of a strip by itself', async () => {
    const { outlets, tasmota } = strip();
    const { executed } = await tasmota;
    const second = await started({ channel: 2 });
    expect(await second.read()).toMatchObject({ watts: 20, relay: true, counterWh: 0 });
    await relayOf(second).switchTo(false, soon());
    expect(outlets.map(({ relay }) => relay)).toEqual([true, false, true]);
    expect(executed).toEqual([{ channel: 2, on: false }]);
    const read = second.read();
    await clock.advance(2000);
    expect(await read).toMatchObject({ relay: false, watts: 0 });
  });

  it('has no counter for one outlet when the strip has one total', async () => {
    const { tasmota } = strip();
    (await tasmota).behave({ scalarTotal: true });
    expect(await (await started({ channel: 3 })).read()).toMatchObject({ watts: 30, counterWh: null });
  });

  it('is measured as a whole, and never switched, when one meter counts all outlets', async () => {
    const { tasmota } = strip();
    (await tasmota).behave({ scalarPower: true });
    const first = await started({ channel: 1 });
    await expect(first.read()).rejects.toThrow(/one meter for all its outlets: only channel 0/);
    const whole = await started({ channel: 0 });
    expect(await whole.read()).toMatchObject({ watts: 60, relay: null });
    expect(whole.relay).toBeNull();
  });

  it('may answer on the topic of the command, and number its only relay', async () => {
    const plug = await started();
    const raw = (topic: string, text: string) => bench.publish(topic, text);
    raw(`tele/${TOPIC}/SENSOR`, '{"ENERGY":{"Power":5,"Total":1}}');
    raw(`stat/${TOPIC}/POWER1`, '{"POWER1":"ON"}');
    raw(`tele/${TOPIC}/SENSOR`, '{"ENERGY":{"Power":6,"Total":1}}');
    await until('the watts', () => told.last?.watts === 6);
    expect(told.last?.relay).toBe(true);
    (await simulated()).behave({ resultOnCommandTopic: true });
    await relayOf(plug).switchTo(false, soon());
    expect(bench.outlet.relay).toBe(false);
  });

  it('may have its topics in another order', async () => {
    const plug = await started({ fullTopic: '%topic%/%prefix%/' });
    await answering(`${TOPIC}/cmnd/Status`, {
      11: [`${TOPIC}/stat/STATUS11`, '{"StatusSTS":{"POWER":"OFF"}}'],
      8: [`${TOPIC}/stat/STATUS8`, '{"StatusSNS":{"ENERGY":{"Power":0,"Total":12.345}}}'],
    });
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0, counterWh: 12_345 });
  });

  it('says nothing by what the broker replays', async () => {
    for (const [topic, text] of Object.entries({
      [`tele/${TOPIC}/SENSOR`]: '{"ENERGY":{"Power":5,"Total":1}}',
      [`stat/${TOPIC}/POWER`]: 'ON',
      [`stat/${TOPIC}/STATUS5`]: '{"StatusNET":{"Mac":"00:00:00:00:00:01"}}',
      [`tele/${TOPIC}/LWT`]: 'Online',
    }))
      bench.publish(topic, text, true);
    const plug = await started();
    const read = rejection(plug.read());
    const identity = rejection(relayOf(plug).identity());
    await clock.advance(5000);
    expect(await read).toBeInstanceOf(PlugUnreachable);
    expect(await identity).toBeInstanceOf(PlugUnreachable);
    expect(told.readings).toEqual([]);
    expect(told.troubles).toEqual([]);
  });

  it('is gone when its will says so and nothing follows', async () => {
    const tasmota = await simulated();
    const plug = await started();
    await plug.read();
    await tasmota.stop();
    await until('it is gone', async () => {
      await clock.advance(1000);
      return told.offline.length > 0;
    });
    expect(told.offline[0]).toMatch(/tasmota plug key-light \(tasmota_1A2B3C\) is gone: the broker says/);
  });

  it('is asked as soon as it is back', async () => {
    await started({ pollSeconds: 300 });
    await simulated();
    await until('a reading', async () => {
      await clock.advance(0);
      return told.last?.watts === WATTS;
    });
  });

  it('is not switched while another device listens on its topic', async () => {
    const plug = await started();
    await simulated();
    expect(await relayOf(plug).identity()).toBe(MAC);
    bench.publish(`stat/${TOPIC}/STATUS5`, '{"StatusNET":{"Mac":"5C:CF:7F:00:00:01"}}');
    await until('the stranger', () => told.troubles.length > 0);
    expect(told.troubles[0]).toMatch(/5CCF7F000001 speaks on its topics, 5CCF7F1A2B3C is configured/);
    await expect(relayOf(plug).identity()).rejects.toThrow(/another device listens on its topics/);
    clock.jump(300_001);
    expect(await relayOf(plug).identity()).toBe(MAC);
  });

  it('is cut, and its read-back verifies it', async () => {
    await simulated();
    const plug = await started();
    expect(await cut(plug, clock)).toMatchObject({ outcome: 'verified', relay: false });
    expect(bench.outlet.relay).toBe(false);
  });

  it('is told of a retained command, whatever its name is', async () => {
    bench.publish(`cmnd/${TOPIC}/POWER`, 'OFF', true);
    await started();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain(`mosquitto_pub -r -n -t 'cmnd/${TOPIC}/POWER'`);
  });

  it('is no plug when it measures no power', async () => {
    const plug = await started();
    await answering(`cmnd/${TOPIC}/Status`, {
      11: [`stat/${TOPIC}/STATUS11`, '{"StatusSTS":{"POWER":"ON"}}'],
      8: [`stat/${TOPIC}/STATUS8`, '{"StatusSNS":{"Time":"2026-11-24T12:00:00"}}'],
    });
    const error = await rejection(plug.read());
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect(String(error)).toMatch(/this device measures no power/);
  });

  it('gets no command after its time, nor twice when it does not confirm', async () => {
    const plug = await started();
    await expect(relayOf(plug).switchTo(false, clock.monotonicMs())).rejects.toThrow(CommandExpired);
    const heard: string[] = [];
    await bench.bus.subscribe(`cmnd/${TOPIC}/Power1`, ({ payload, retained }) => {
      heard.push(`${payload} ${retained}`);
    });
    const refused = rejection(relayOf(plug).switchTo(false, soon()));
    await until('the command', () => heard.length > 0);
    await clock.advance(5000);
    expect(String(await refused)).toMatch(/did not confirm off/);
    expect(heard).toEqual(['OFF false']);
  });

  it('shares an outlet with no other plug of the studio', () => {
    const names = (settings: object) =>
      tasmotaAdapter.outletNames(tasmotaAdapter.schema.parse({ adapter: 'tasmota', topic: TOPIC, ...settings }));
    const shared = (one: object, other: object) => names(one).some((name) => names(other).includes(name));
    expect(shared({ channel: 1 }, { channel: 2 })).toBe(false);
    expect(shared({ channel: 0 }, { channel: 2 })).toBe(true);
    expect(shared({ mac: MAC }, { topic: 'other', mac: MAC })).toBe(true);
    expect(shared({}, { fullTopic: '%topic%/%prefix%/' })).toBe(false);
  });
});
