import { esphomeAdapter } from '../../adapters/esphome/index.ts';
import { SimulatedEsphome } from '../../adapters/simulator/esphome.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { fastClock } from '../support/fast-clock.ts';
import { mqttBench } from '../support/mqtt-bench.ts';

const clock = fastClock(10);
const MAC = '84FCE6123456';

describePlugContract('a device with ESPHome', {
  async make() {
    const bench = await mqttBench(clock);
    const { outlet, url } = bench;
    const esphome = await bench.started(
      new SimulatedEsphome({
        clock,
        outlet,
        brokerUrl: url,
        node: 'key-light',
        topicPrefix: 'studio/key-light',
        mac: MAC,
        updateSeconds: 2,
      }),
    );
    return {
      device: bench.plug(esphomeAdapter, {
        topicPrefix: 'studio/key-light',
        powerSensor: 'power',
        energySensor: 'energy',
        switch: 'relay',
        mac: MAC,
        updateSeconds: 10,
      }),
      outlet,
      mac: MAC,
      clock,
      ...(await bench.away(esphome, { topic: 'studio/key-light/status', here: 'online', gone: 'offline' })),
      answerGarbage: async (garbage) => esphome.behave({ garbage }),
      executedCommands: () => esphome.executed.length,
      close: () => bench.close(),
    };
  },
});
