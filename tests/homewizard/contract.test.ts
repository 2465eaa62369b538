import { describePlugContract } from '../contract/plug-contract.ts';
import { bench, MAC } from './bench.ts';

describePlugContract('a HomeWizard Energy Socket', {
  async make() {
    const { plug, outlet, clock, socket } = await bench();
    return {
      device: plug,
      outlet,
      mac: MAC,
      clock,
      goAway: () => socket.stop(),
      async comeBack() {
        await socket.start();
      },
      answerGarbage: async (on) => socket.behave({ lies: on ? { '*': '<html>200 OK</html>' } : null }),
      executedCommands: () => socket.executed.length,
      close: () => socket.stop(),
    };
  },
});
