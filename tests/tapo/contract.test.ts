import { systemClock } from '../../daemon/clock.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
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
