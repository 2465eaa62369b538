export { instructions } from './flavours.ts';
export { type Inspection, inspect } from './inspect.ts';
export { query } from './set-up-1.ts';
export type { Influx1, InfluxSettings } from './settings.ts';
export { InfluxSink } from './sink.ts';
