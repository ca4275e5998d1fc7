export { type Db, type Migration, openDatabase, type Schema } from './database.ts';
