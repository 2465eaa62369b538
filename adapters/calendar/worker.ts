/** Reads one calendar, in a thread of its own: a large or hostile one may take seconds. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CalendarWindow, readCalendar } from './ics.ts';

const { ics, window }: { ics: string; window: CalendarWindow } = workerData;
// node-ical tells the console of each oddity, and a calendar may have 100,000 of them.
console.warn = () => {};
parentPort?.postMessage(readCalendar(ics, window));
