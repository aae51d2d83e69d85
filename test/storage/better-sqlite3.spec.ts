import { storeConformance } from '../conformance/store.js';
import { filesOf } from './sqlite-files.js';

storeConformance('SQLite with better-sqlite3', filesOf('better-sqlite3'));
