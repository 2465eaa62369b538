import { SimulatedZigbee2Mqtt } from '../../adapters/simulator/zigbee2mqtt.ts';
import { zigbee2MqttAdapter } from '../../adapters/zigbee2mqtt/index.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { fastClock } from '../support/fast-clock.ts';
import { mqttBench } from '../support/mqtt-bench.ts';

const clock = fastClock(10);
const IEEE_ADDRESS = 'A4C1380000000001';
const NAME = 'studio/key light';

describePlugContract('a plug behind Zigbee2MQTT', {
  async make() {
    const bench = await mqttBench(clock);
    const { outlet, url } = bench;
    const zigbee = await bench.started(
      new SimulatedZigbee2Mqtt({
        clock,
        outlet,
        brokerUrl: url,
        baseTopic: 'zigbee2mqtt',
        friendlyName: NAME,
        ieeeAddress: IEEE_ADDRESS,
      }),
    );
    const plug = { start: () => zigbee.replug(), stop: () => zigbee.unplug() };
    return {
      device: bench.plug(zigbee2MqttAdapter, { friendlyName: NAME, mac: `0x${IEEE_ADDRESS.toLowerCase()}` }),
      outlet,
      mac: IEEE_ADDRESS,
      clock,
      ...(await bench.away(plug, {
        topic: `zigbee2mqtt/${NAME}/availability`,
        here: '{"state":"online"}',
        gone: '{"state":"offline"}',
      })),
      answerGarbage: async (garbage) => zigbee.behave({ garbage }),
      executedCommands: () => zigbee.executed.length,
      close: () => bench.close(),
    };
  },
});
