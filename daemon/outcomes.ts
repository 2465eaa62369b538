import type { Outcomes } from '../api/outcomes.ts';
import type { AlarmFacts, Strip } from '../model/alarm-causes.ts';
import type { Clock } from '../model/clock.ts';
import { suggestIdleWatts } from '../model/idle-suggestion.ts';
import { AT_THE_PLUG } from '../model/policy-state.ts';
import type { Journal } from '../model/ports.ts';
import type { Alarms } from './alarms.ts';
import type { Savings } from './savings.ts';
import type { ViewDeps } from './views.ts';

const LEARNED_MS = 14 * 86_400_000;
const LEARNED_STEP_MS = 5 * 60_000;

/** How things stand, for the alarms. */
export function alarmFacts(
  { plugs, live, controller, signals, nowMs }: Pick<ViewDeps, 'plugs' | 'live' | 'controller' | 'signals' | 'nowMs'>,
  strips: readonly Strip[],
): AlarmFacts {
  const { session, phase, plugs: switched } = controller.state;
  const planned = signals.nextPlanned();
  return {
    ...{ session, phase, strips },
    plannedInMs: planned && planned.startsAtMs - nowMs(),
    plugs: plugs.map((spec) => {
      const { id, name, essential, idleWatts, maxWatts } = spec;
      const reading = live.fresh(spec);
      const override = switched[id]?.override ?? null;
      return {
        ...{ id, name, essential, idleWatts, maxWatts },
        ...{ watts: reading?.watts ?? null, relay: reading?.relay ?? null, online: reading !== null },
        flags: reading?.flags ?? [],
        // By the plug's own button: it may be nobody who knows of the studio.
        switchedOnByHand: override?.power === true && override.by !== AT_THE_PLUG,
      };
    }),
    sources: signals.view().map(({ name, trusted, says, heardAtMs, detail }) => ({
      name,
      lost: trusted && says === 'unknown' && heardAtMs !== null,
      detail: detail.text,
    })),
  };
}

/** What came of the switching and what went wrong, for the API. */
export function outcomesOf(deps: {
  savings: Savings;
  alarms: Alarms;
  journal: Pick<Journal, 'history'>;
  plugs: ViewDeps['plugs'];
  clock: Clock;
}): Outcomes {
  const { savings, alarms, journal, plugs, clock } = deps;
  return {
    savings: (fromMs, toMs, groupBy) => savings.of(fromMs, toMs, groupBy),
    openAlarms: () => alarms.open,
    alarms: (limit) => alarms.list(limit),
    acknowledgeAlarm: (id, by) => alarms.acknowledge(id, by),
    onAlarm: (listener) => alarms.onChange(listener),
    async idleSuggestion(plug) {
      if (!plugs.some(({ id }) => id === plug)) return null;
      const nowMs = clock.nowMs();
      const buckets = await journal.history(plug, nowMs - LEARNED_MS, nowMs, LEARNED_STEP_MS);
      return suggestIdleWatts(buckets, LEARNED_STEP_MS);
    },
  };
}
