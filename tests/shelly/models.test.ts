import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SHELLY_MODELS } from '../../adapters/simulator/shelly-models.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, DEVICE, GEN1_DEVICE, GEN1_MAC, Told, WATTS } from './bench.ts';

const GEN1_MODELS = ['shellyplug-C38EAB', 'shellyplug-s-C38EAB', 'shellyplug-u1-C38EAB', 'shelly1pm-C38EAB'];

describe('every model of Shelly plug', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told;
  let plug: PlugDevice;
  let shelly: { stop(): Promise<void> };

  beforeAll(async () => {
    clock = new FakeClock();
    table = await bench(clock);
  });
  afterEach(async () => {
    await plug.stop();
    await shelly.stop();
    table.outlet.switchTo(true);
  });
  afterAll(() => table.close());

  const start = async (settings: Record<string, unknown>) => {
    told = new Told();
    plug = table.plug(settings);
    await plug.start(told.sink);
  };
  const soon = () => clock.monotonicMs() + 10_000;

  it.each(SHELLY_MODELS)('$app of generation $generation is measured, and switched if it can be', async (model) => {
    const { prefix, component, thermometer, generation } = model;
    const device = `${prefix}-8cbfeaa133f0`;
    shelly = await table.shelly({ device });
    await start({ device, component, generation });
    const isSwitch = component === 'switch';
    expect(await plug.read()).toMatchObject({
      watts: WATTS,
      relay: isSwitch ? true : null,
      celsius: thermometer ? 45.9 : null,
      volts: 231.7,
    });
    await until('its firmware is kept', () => table.kept.has(`shelly:${device}`));
    expect(table.kept.get(`shelly:${device}`)).toEqual({ model: model.model, firmware: '1.7.5' });
    expect(told.troubles).toEqual([]);
    expect(plug.relay === null).toBe(!isSwitch);
    if (!plug.relay) return;
    await plug.relay.switchTo(false, soon());
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0 });
  });

  it.each(GEN1_MODELS)('%s of the first generation is measured and switched', async (device) => {
    await start({ device, generation: 1, mac: GEN1_MAC });
    shelly = await table.gen1({ device });
    expect(await plug.read()).toMatchObject({
      watts: WATTS,
      relay: true,
      celsius: device.startsWith('shellyplug-C') ? null : 24.03,
    });
    await until('its firmware is kept', () => table.kept.has(`shelly:${device}`));
    expect(await plug.relay?.identity()).toBe(GEN1_MAC);
    await plug.relay?.switchTo(false, soon());
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0 });
    expect(told.troubles).toEqual([]);
  });

  it('of the first generation may have an id with slashes', async () => {
    const mqttId = 'ug/heizraum/trockner';
    await start({ device: GEN1_DEVICE, generation: 1, topicPrefix: `shellies/${mqttId}`, mac: GEN1_MAC });
    shelly = await table.gen1({ mqttId });
    expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true });
  });

  it('with firmware 2 is read in spite of its new keys', async () => {
    const simulated = await table.shelly();
    shelly = simulated;
    simulated.behave({ firmware: '2.0.0', idInNotifications: false, minute: 'counts' });
    await start({ device: DEVICE });
    expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true, flags: [] });
    await clock.advance(60_000);
    expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true });
    expect(told.troubles).toEqual([]);
  });

  it('that gets new firmware is known by it', async () => {
    const simulated = await table.shelly();
    shelly = simulated;
    await start({ device: DEVICE });
    const known = () => (table.kept.get(`shelly:${DEVICE}`) as { firmware: string } | undefined)?.firmware;
    await plug.read();
    await until('the old firmware', () => known() === '1.7.5');
    simulated.behave({ firmware: '1.8.0' });
    await simulated.reboot();
    await plug.read();
    await until('the new firmware', () => known() === '1.8.0');
  });
});

describe('a Shelly plug that is configured as what it is not', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told;

  beforeAll(async () => {
    clock = new FakeClock();
    table = await bench(clock);
  });
  afterAll(() => table.close());

  const start = async (settings: Record<string, unknown>) => {
    told = new Told();
    const plug = table.plug(settings);
    await plug.start(told.sink);
    return plug;
  };

  it('of generation 4 instead of 3 is told so', async () => {
    const device = 'shellyplugusg4-8cbfeaa13301';
    await table.shelly({ device });
    const plug = await start({ device, generation: 3 });
    await plug.read();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles).toEqual([expect.stringContaining('key-light')]);
    expect(told.troubles[0]).toContain('is of generation 4: set generation: 4');
    await plug.stop();
  });

  it('of the first generation instead of the second is told so', async () => {
    const plug = await start({ device: GEN1_DEVICE });
    await table.gen1();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain('is of the first generation: set generation: 1');
    await plug.stop();
  });

  it('of generation 3 instead of the first is asked which it is, and told so', async () => {
    const plug = await start({ device: DEVICE, generation: 1 });
    await table.shelly();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles).toEqual([expect.stringContaining('is of generation 3: set generation: 3')]);
    await plug.stop();
  });

  it('switch instead of pm1 says what it has', async () => {
    const device = 'shellypmminig3-8cbfeaa13302';
    await table.shelly({ device });
    const plug = await start({ device });
    await expect(plug.read()).rejects.toThrow('has no switch:0 but pm1:0: set component: pm1 and channel: 0');
    await plug.stop();
  });

  it('an outlet that the strip does not have says which it has', async () => {
    const device = 'shellypstripg4-8cbfeaa13303';
    await table.shelly({ device, moreOutlets: [table.outlet] });
    const plug = await start({ device, channel: 4 });
    await expect(plug.read()).rejects.toThrow(
      'has no switch:4 but switch:0, switch:1: set component and channel to one of them',
    );
    await plug.stop();
  });
});
