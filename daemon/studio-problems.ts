import type { PointSinkStatus } from '../model/ports.ts';
import { problem, type StudioProblem } from '../model/problems.ts';
import type { AlarmWebhooks } from './alarm-webhooks.ts';
import type { Carbon } from './carbon.ts';
import type { Pipeline } from './pipeline.ts';
import type { ReportWriter } from './report/writer.ts';
import type { Sessions } from './sessions.ts';

/** What is wrong with the daemon as a whole. */
export function studioProblems(parts: {
  /** What the damaged journal is called now; null: none was. */
  setAsideAs: string | null;
  pipeline: Pick<Pipeline, 'trouble' | 'readings'>;
  sessions: Pick<Sessions, 'trouble'>;
  reports: Pick<ReportWriter, 'trouble'>;
  carbon: Pick<Carbon, 'problems'>;
  webhooks: Pick<AlarmWebhooks, 'troubles'>;
  influx: PointSinkStatus;
}): StudioProblem[] {
  const { setAsideAs, pipeline, sessions, reports, carbon, webhooks, influx } = parts;
  const { dropped } = pipeline.readings;
  return [
    ...(setAsideAs ? [problem('journal-set-aside', { path: setAsideAs })] : []),
    ...(pipeline.trouble ? [problem('journal-unwritable', { detail: pipeline.trouble })] : []),
    ...(sessions.trouble ? [problem('session-unwritten')] : []),
    ...(reports.trouble ? [problem('report-unwritten', { detail: reports.trouble })] : []),
    ...(dropped > 0 ? [problem('readings-dropped', { count: dropped })] : []),
    ...carbon.problems.map((detail) => problem('intensity-trouble', { detail })),
    ...webhooks.troubles.map(({ name, detail }) => problem('webhook-trouble', { name, detail })),
    ...(influx.droppedPoints > 0 ? [problem('influx-dropped', { count: influx.droppedPoints })] : []),
    ...(influx.problem ? [problem('influx-trouble', { detail: influx.problem })] : []),
  ];
}
