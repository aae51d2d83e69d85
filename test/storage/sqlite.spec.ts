import { storeConformance } from '../conformance/store.js';
import { sqliteFiles } from './sqlite-files.js';

storeConformance('SQLite', sqliteFiles);
