export { query } from './database.ts';
export type { InfluxSettings } from './settings.ts';
export { InfluxSink } from './sink.ts';
