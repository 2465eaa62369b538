import { systemClock } from '../../daemon/clock.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { stripBench } from './strip-bench.ts';
import { benchWith, MAC } from './studio.ts';

describePlugContract('Tapo P110', {
  async make() {
    const { outlet, tapo, host, port, client, close } = await benchWith(systemClock);
    return {
      device: client(),
      outlet,
      mac: MAC,
      clock: systemClock,
      goAway: () => tapo.stop(),
      comeBack: async () => {
        await tapo.start(host, port);
      },
      answerGarbage: async (on) => tapo.behave({ reply: on ? 'garbage' : 'answer' }),
      executedCommands: () => tapo.executed.length,
      close,
    };
  },
});

describePlugContract('The third outlet of a Tapo P316M', {
  async make() {
    const { outlets, tapo, host, port, plug, close } = await stripBench('P316M', systemClock);
    const outlet = outlets[2];
    if (!outlet) throw new Error('a P316M has six outlets');
    return {
      device: plug(3),
      outlet,
      mac: MAC,
      clock: systemClock,
      goAway: () => tapo.stop(),
      comeBack: async () => {
        await tapo.start(host, port);
      },
      answerGarbage: async (on) => tapo.behave({ reply: on ? 'garbage' : 'answer' }),
      executedCommands: () => tapo.executed.filter(({ position }) => position === 3).length,
      close,
    };
  },
});
