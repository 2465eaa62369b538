import { decide } from '../../model/policy.ts';
import { NEW_POLICY, type PolicyState } from '../../model/policy-state.ts';
import { PLUGS, SPECS } from './studio.ts';
import { type Row, timed } from './timing.ts';

const DECIDED = 5000;

export async function bench(): Promise<Row[]> {
  const decided = await timed(`policy: decisions with ${PLUGS} plugs`, DECIDED, 'decisions', () => {
    let state: PolicyState = NEW_POLICY;
    const settings = {
      dryRun: false,
      graceMs: 300_000,
      staggerMs: 2000,
      maxSwitchesPerHour: 6,
      commandTtlMs: 30_000,
      maxAttempts: 3,
      leadMs: 60_000,
    };
    for (let n = 0; n < DECIDED; n += 1) {
      const event = { type: 'reading' as const, plug: `plug-${n % PLUGS}`, watts: 100, relay: true };
      state = decide({ plugs: SPECS, settings }, state, event, n * 100).state;
    }
  });
  return [decided];
}
