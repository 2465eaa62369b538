import { SimulatedTasmota } from '../../adapters/simulator/tasmota.ts';
import { tasmotaAdapter } from '../../adapters/tasmota/index.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { fastClock } from '../support/fast-clock.ts';
import { mqttBench } from '../support/mqtt-bench.ts';

const clock = fastClock(10);
const TOPIC = 'tasmota_1A2B3C';
const MAC = '5CCF7F1A2B3C';

describePlugContract('a plug with Tasmota', {
  async make() {
    const bench = await mqttBench(clock);
    const { outlet, url } = bench;
    const tasmota = await bench.started(
      new SimulatedTasmota({ clock, outlets: [outlet], brokerUrl: url, topic: TOPIC, mac: MAC }),
    );
    return {
      device: bench.plug(tasmotaAdapter, { topic: TOPIC, mac: MAC }),
      outlet,
      mac: MAC,
      clock,
      ...(await bench.away(tasmota, { topic: `tele/${TOPIC}/LWT`, here: 'Online', gone: 'Offline' })),
      answerGarbage: async (garbage) => tasmota.behave({ garbage }),
      executedCommands: () => tasmota.executed.length,
      close: () => bench.close(),
    };
  },
});
