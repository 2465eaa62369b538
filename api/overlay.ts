import { z } from 'zod';
import { iso } from '../model/iso.ts';
import { LETTERS, type Score } from '../model/score.ts';
import type { ApiDeps, SessionView } from './deps.ts';

/** A letter changes slowly, and making it reads the journal. */
const SCORE_EVERY_MS = 60_000;

const time = z.iso.datetime().describe('UTC, ISO-8601 with Z');

/** What the OBS overlay shows, and all that a token of scope `overlay` may know: no plug, no name, no place. */
export const Overlay = z
  .object({
    now: time,
    demo: z.boolean(),
    onAir: z.boolean(),
    watts: z.number().nullable().describe('W, of the plugs with a fresh reading; null when there is none'),
    complete: z.boolean().describe('Every metered plug is in watts; false: the studio draws more'),
    gramsPerHour: z.number().nullable().describe('gCO2e per hour at these watts'),
    session: z
      .object({
        startedAt: time,
        wh: z.number(),
        grams: z.number().nullable().describe('gCO2e; null while a part of the energy has no intensity'),
      })
      .nullable()
      .describe('The live that runs'),
    letter: z
      .object({ value: z.enum(LETTERS), of: z.enum(['overall', 'energy']) })
      .nullable()
      .describe(
        'Of the live that runs, measured; energy alone where the grid has no climate letter; at most a minute old',
      ),
    intensity: z
      .object({
        provider: z.string(),
        factorType: z.enum(['lifecycle', 'direct']),
        status: z.enum(['measured', 'estimated', 'forecast', 'static']),
        at: time.describe('Start of the quarter hour that the value is of'),
        clock: z.string().describe('The same on the clock of the studio, HH:MM: the zone itself would tell the place'),
        lowCarbonShare: z
          .number()
          .min(0)
          .max(1)
          .nullable()
          .describe('Share of what the grid produces that is below 100 g/kWh, lifecycle; null where no mix is given'),
      })
      .nullable()
      .describe('What the grams are made with'),
  })
  .meta({ id: 'Overlay', description: 'What the OBS overlay shows' });

/** Makes the overlay's view; remembers the letter of the live that runs. */
export function overlayViewer(deps: ApiDeps): () => z.output<typeof Overlay> {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: deps.studio.timeZone,
    hour: '2-digit',
    minute: '2-digit',
  });
  let session: string | null = null;
  let letter: z.output<typeof Overlay>['letter'] = null;
  let askedAtMs = 0;

  const ask = async (id: string): Promise<void> => {
    const found = await deps.insight.score(id).catch(() => null);
    // Another live may have begun meanwhile.
    if (session === id) letter = found && letterOf(found.score);
  };
  const letterFor = (current: SessionView | null) => {
    const nowMs = deps.nowMs();
    if (session !== (current?.id ?? null)) letter = null;
    // Also when the clock was set back.
    const due = session !== current?.id || Math.abs(nowMs - askedAtMs) >= SCORE_EVERY_MS;
    session = current?.id ?? null;
    if (current && due) {
      askedAtMs = nowMs;
      ask(current.id);
    }
    return letter;
  };

  return () => {
    const { onAir, watts, wattsFrom, gramsPerHour, intensity, session: current } = deps.status();
    const measured = wattsFrom.plugs > 0;
    return {
      now: iso(deps.nowMs()),
      demo: deps.demo,
      onAir,
      watts: measured ? watts : null,
      complete: wattsFrom.plugs >= wattsFrom.of,
      gramsPerHour: measured ? gramsPerHour : null,
      session: current && sessionOf(current),
      letter: letterFor(current),
      intensity: intensity && {
        provider: intensity.provider,
        factorType: intensity.factorType,
        status: intensity.status,
        at: iso(intensity.heldFromMs ?? intensity.startMs),
        clock: clock.format(intensity.heldFromMs ?? intensity.startMs),
        lowCarbonShare: intensity.lowCarbonShare ?? null,
      },
    };
  };
}

function sessionOf({ startedAtMs, footprint: { wh, grams, unpricedWh } }: SessionView) {
  return { startedAt: iso(startedAtMs), wh, grams: unpricedWh > 0 ? null : grams };
}

function letterOf({ overall, energy }: Score): z.output<typeof Overlay>['letter'] {
  if (overall) return { value: overall, of: 'overall' };
  return energy && { value: energy, of: 'energy' };
}
