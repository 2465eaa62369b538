/** The shapes of the API's answers, for the type checker alone: browsers never load this file. */
import type { z } from 'zod';
import type * as schemas from '../schemas.ts';

export type Status = z.output<typeof schemas.Status>;
export type Plug = z.output<typeof schemas.Plug>;
export type Session = z.output<typeof schemas.Session>;
export type History = z.output<typeof schemas.History>;
export type Preview = z.output<typeof schemas.Preview>['plugs'];
export type Discovered = z.output<typeof schemas.Discovered>;
export type Problem = z.output<typeof schemas.ProblemDocument>;

/** What the page shows. `phase` is null and every measured value unknown when the server has not been heard for long. */
export type Shown = Omit<Status, 'phase' | 'watts'> & { phase: Status['phase'] | null; watts: number | null };

export type Link = 'connecting' | 'live' | 'lost' | 'token';
