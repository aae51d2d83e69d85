import { storeConformance } from '../conformance/store.js';
import { hasPostgres } from '../servers/postgres.js';
import { postgresDatabases } from './postgres-databases.js';

if (hasPostgres()) storeConformance('PostgreSQL', postgresDatabases);
