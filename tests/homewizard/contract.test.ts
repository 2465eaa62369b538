import { homeWizardAdapter } from '../../adapters/homewizard/index.ts';
import { SimulatedHomeWizard } from '../../adapters/simulator/homewizard.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { describePlugContract } from '../contract/plug-contract.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MAC = '3C39E7000001';

describePlugContract('a HomeWizard Energy Socket', {
  async make() {
    const clock = new FakeClock();
    const outlet = new SimulatedOutlet(clock, () => 100);
    const socket = new SimulatedHomeWizard({ outlet, mac: MAC });
    const port = await socket.start();
    const settings = homeWizardAdapter.schema.parse({ adapter: 'homewizard', host: '127.0.0.1', port, mac: MAC });
    return {
      device: homeWizardAdapter.factory(adapterDeps({ clock }))({ id: 'key-light' }, settings),
      outlet,
      mac: MAC,
      clock,
      goAway: () => socket.stop(),
      async comeBack() {
        await socket.start();
      },
      async answerGarbage(on) {
        socket.behaviour.garbage = on ? 'html' : null;
      },
      executedCommands: () => socket.executed.length,
      close: () => socket.stop(),
    };
  },
});
