export { SqliteJournal } from './journal.ts';
