import { wallParts } from '../../model/local-day.ts';
import type { PlugKind } from '../../model/plug.ts';
import type { SessionPhase } from '../../model/ports.ts';
import type { Report } from '../../model/report.ts';
import type { Format } from './format.ts';

/** Each kind keeps its colour in every report: on a light ground, and on a dark one. */
export const KIND_COLOURS: Record<PlugKind, { light: string; dark: string }> = {
  camera: { light: '#1f7fd1', dark: '#58b7ff' },
  light: { light: '#c98a00', dark: '#f5b946' },
  pc: { light: '#7c5cd6', dark: '#a78bfa' },
  encoder: { light: '#c8377f', dark: '#f472b6' },
  monitor: { light: '#14804a', dark: '#4ecb8b' },
  audio: { light: '#d0601a', dark: '#fb923c' },
  network: { light: '#0e8aa3', dark: '#22d3ee' },
  projector: { light: '#a83bbf', dark: '#e879f9' },
  solar: { light: '#8a7000', dark: '#facc15' },
  other: { light: '#64748b', dark: '#94a3b8' },
};

/** A chart as shapes in a box of `width` by `height`; y grows downwards. Everybody draws it in their own way. */
export interface Chart {
  /** Stacked, the first one at the bottom. */
  areas: { kind: PlugKind; path: string }[];
  /** Where not all plugs were known. */
  gaps: { x: number; width: number }[];
  phases: { phase: SessionPhase; x: number; width: number }[];
  times: { x: number; label: string }[];
  watts: { y: number; label: string }[];
}

const TIME_STEPS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];

/** @param mostTimes that have room under it. null when no power is known at all. */
export function chartOf(report: Report, width: number, height: number, format: Format, mostTimes = 9): Chart | null {
  const { timeline, session, studio } = report;
  const count = timeline.watched.length;
  const totals = Array.from({ length: count }, (_, step) =>
    timeline.kinds.reduce((sum, { watts }) => sum + (watts[step] ?? 0), 0),
  );
  if (!timeline.watched.some((share) => share > 0)) return null;
  const fromMs = Date.parse(timeline.from);
  const spanMs = Math.max(1000, session.seconds * 1000);
  const xOf = (ms: number) => round((Math.min(Math.max(0, ms - fromMs), spanMs) / spanMs) * width);
  const xOfStep = (step: number) => xOf(fromMs + step * timeline.stepSeconds * 1000);
  const { step: wattStep, top } = scaleOf(Math.max(...totals));
  const yOf = (watts: number) => round(height - (watts / top) * height);
  const floor = totals.map(() => 0);
  const areas = timeline.kinds.map(({ kind, watts }) => {
    const bars = floor.map((from, step) => ({ from, to: from + (watts[step] ?? 0) }));
    for (const [step, { to }] of bars.entries()) floor[step] = to;
    return { kind, path: stairs(bars, xOfStep, yOf) };
  });
  return {
    areas,
    gaps: runs(timeline.watched.map((share) => share < 1)).map(([from, to]) => ({
      x: xOfStep(from),
      width: round(xOfStep(to) - xOfStep(from)),
    })),
    phases: session.phases.map(({ phase, from, to }) => {
      const x = xOf(Date.parse(from));
      return { phase, x, width: round(xOf(Date.parse(to)) - x) };
    }),
    times: timesOf(fromMs, spanMs, studio.timeZone, mostTimes).map((ms) => ({ x: xOf(ms), label: format.clock(ms) })),
    watts: Array.from({ length: Math.round(top / wattStep) + 1 }, (_, index) => ({
      y: yOf(index * wattStep),
      label: format.number(index * wattStep, wattStep < 1 ? 1 : 0),
    })),
  };
}

/** From the first run of bars of some height to the last: along their tops, and back along their bottoms. */
function stairs(
  bars: readonly { from: number; to: number }[],
  xOf: (step: number) => number,
  yOf: (watts: number) => number,
): string {
  return runs(bars.map(({ from, to }) => to > from))
    .map(([first, end]) => {
      const run = bars
        .slice(first, end)
        .map((bar, index) => ({ ...bar, left: xOf(first + index), right: xOf(first + index + 1) }));
      const up = run.map(({ left, right, to }) => `L${left} ${yOf(to)}L${right} ${yOf(to)}`);
      const back = run.toReversed().map(({ left, right, from }) => `L${right} ${yOf(from)}L${left} ${yOf(from)}`);
      return `M${xOf(first)} ${yOf(run[0]?.from ?? 0)}${up.join('')}${back.join('')}Z`;
    })
    .join('');
}

/** Stretches of true, as [first, end). */
function runs(values: readonly boolean[]): [first: number, end: number][] {
  const found: [number, number][] = [];
  for (const [index, value] of values.entries()) {
    const last = found.at(-1);
    if (!value) continue;
    if (last && last[1] === index) last[1] = index + 1;
    else found.push([index, index + 1]);
  }
  return found;
}

/** Three to five steps of 1, 2 or 5. */
function scaleOf(most: number): { step: number; top: number } {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return { step, top: step * Math.max(1, Math.ceil(most / step)) };
}

/** Round times of the studio's clock, also across a change of it. */
function timesOf(fromMs: number, spanMs: number, timeZone: string, most: number): number[] {
  const step = TIME_STEPS_MINUTES.find((minutes) => spanMs / 60_000 / minutes <= most) ?? 1440;
  const tryMs = Math.min(step, 15) * 60_000;
  const times: number[] = [];
  for (let ms = Math.ceil(fromMs / tryMs) * tryMs; ms <= fromMs + spanMs; ms += tryMs) {
    const { hour, minute } = wallParts(ms, timeZone);
    if ((hour * 60 + minute) % step === 0) times.push(ms);
  }
  return times;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
