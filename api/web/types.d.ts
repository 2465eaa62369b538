/** The shapes of the API's answers, for the type checker alone: browsers never load this file. */
import type { z } from 'zod';
import type * as alarms from '../alarm-schema.ts';
import type * as carbon from '../carbon-schemas.ts';
import type * as configs from '../config-schemas.ts';
import type * as outcomes from '../outcome-schemas.ts';
import type { ReportSchema } from '../report-schema.ts';
import type * as schemas from '../schemas.ts';

export type Status = z.output<typeof schemas.Status>;
export type Plug = z.output<typeof schemas.Plug>;
export type Session = z.output<typeof schemas.Session>;
export type Power = z.output<typeof schemas.Power>;
export type Footprint = z.output<typeof schemas.Footprint>;
export type Emissions = z.output<typeof schemas.Emissions>;
export type Intensity = z.output<typeof schemas.Intensity>;
export type Intensities = z.output<typeof schemas.Intensities>;
export type ConfigView = z.output<typeof configs.ConfigView>;
export type Family = ConfigView['families'][number];
export type Reload = z.output<typeof configs.ConfigReload>;
export type ConfigCheck = z.output<typeof configs.ConfigCheck>;
export type Alarm = z.output<typeof alarms.Alarm>;
export type Savings = z.output<typeof outcomes.Savings>;
export type IdleSuggestion = z.output<typeof outcomes.IdleSuggestion>;
export type SwitchLog = z.output<typeof schemas.SwitchLog>;
export type Audit = z.output<typeof carbon.Audit>;
export type Forecast = z.output<typeof carbon.ForecastAnswer>;
export type BestSlot = z.output<typeof carbon.BestSlotAnswer>;
export type WhatIf = z.output<typeof carbon.WhatIf>;
export type WholeLive = z.output<typeof carbon.WholeLive>;
export type LiveScore = z.output<typeof carbon.LiveScore>;
export type Report = z.output<typeof ReportSchema>;
export type Preview = z.output<typeof schemas.Preview>['plugs'];
export type CutNowOffer = z.output<typeof schemas.CutNowOffer>;
export type Discovered = z.output<typeof schemas.Discovered>;
export type Problem = z.output<typeof schemas.ProblemDocument>;

/** What the page shows. `phase` is null and every measured value unknown when the server has not been heard for long. */
export type Shown = Omit<Status, 'phase' | 'watts'> & { phase: Status['phase'] | null; watts: number | null };

export type Link = 'connecting' | 'live' | 'lost' | 'token';

/** A page other than the studio's: made when it is opened, told of every status, told when it is left. */
export interface Page {
  update?(status: Shown): void;
  close?(): void;
}
export interface Asked {
  root: HTMLElement;
  /** Of a plug or a session; null on the page of them all. */
  id: string | null;
  params: URLSearchParams;
  status: Shown;
}
