export { backUpJournal, restoreJournal } from './copy.ts';
export { EXPORTS, type Exported, type ExportRow } from './export.ts';
export { SqliteJournal } from './journal.ts';
export { lockHolder } from './lock.ts';
export { damageOf } from './soundness.ts';
