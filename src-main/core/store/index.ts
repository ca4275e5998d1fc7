export { type Db, type Migration, openDatabase, type Schema } from './database.ts';
export { StateLock } from './state-lock.ts';
