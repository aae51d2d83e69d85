/** Examination of a PostgreSQL database, on a connection of its own that reads only. */
import { findUnreadable, type ExaminedWorker, type Examination } from '../examination.js';
import { defaultTablePrefix } from '../table-prefix.js';
import { formatVersion, schemaVersion } from '../task-hub.js';
import type { PostgresStorage } from '../../../model/postgres-storage.js';
import { tableNames } from '../server/table-names.js';
import { migrations } from './migrations/index.js';
import { makeNames, type Names } from './names.js';
import { checkSchemaName } from './postgres-dialect.js';
import { clientConfig, describeDatabase, loadPg, type PgClient } from './postgres-driver.js';
import { postgresError } from './postgres-errors.js';

/** A transaction counts as long from this time on, in ms. */
const longMs = 10_000;

/** @param onRows gets the number of rows that were read so far @throws StorageError if the server cannot be reached */
export async function examinePostgres(
  storage: PostgresStorage,
  onRows: (looked: number) => void = () => {},
): Promise<Examination> {
  const pg = await loadPg();
  const database = describeDatabase(storage);
  const client = new pg.Client(clientConfig(pg, storage));
  // A lost connection fails the statement that runs. Without a listener the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query({ text: 'SET default_transaction_read_only = on' });
    const schema =
      storage.schema ?? (await one<{ schema: string | null }>(client, 'SELECT current_schema() AS schema')).schema;
    const names = makeNames(checkSchemaName(schema), defaultTablePrefix);
    const standing = await standingOf(client, names);
    const isCurrent = standing.tables === 'current';
    const read = async <Row>(sql: string, values: readonly (string | number)[]) =>
      (await client.query<Row>({ text: sql.replace('?', '$1'), values })).rows;
    const found = isCurrent
      ? await findUnreadable(read, `${names.quotedSchema}.${names.prefix}`, onRows)
      : { unreadable: [], looked: 0 };
    return {
      kind: 'postgres',
      database,
      sizes: standing.tables === 'none' ? [] : await sizesOf(client, names),
      ...standing,
      damage: [],
      isOwned: undefined,
      isWriteLocked: false,
      transactions: await transactionsOf(client),
      workers: isCurrent ? await workersOf(client, names) : [],
      deadLetters: isCurrent
        ? (
            await one<{ count: number }>(
              client,
              `SELECT count(*)::integer AS count FROM ${names.qualified('dead_letter')}`,
            )
          ).count
        : 0,
      ...found,
    };
  } catch (error) {
    throw postgresError(`examining ${database}`, error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function one<Row>(client: PgClient, text: string, values: readonly unknown[] = []): Promise<Row> {
  return (await client.query<Row>({ text, values })).rows[0] as Row;
}

async function standingOf(
  client: PgClient,
  { qualified: q }: Names,
): Promise<Pick<Examination, 'tables' | 'schema' | 'format'>> {
  const { there } = await one<{ there: boolean }>(client, 'SELECT to_regclass($1) IS NOT NULL AS there', [
    q('task_hub'),
  ]);
  const hubs = there
    ? await client.query<{ version: number; minReader: number; format: number }>({
        text: `SELECT schema_version AS version, min_reader AS "minReader", format FROM ${q('task_hub')} WHERE id = 1`,
      })
    : { rows: [] };
  const [hub] = hubs.rows;
  if (hub === undefined) return { tables: 'none', schema: undefined, format: undefined };
  const facts = { schema: hub.version, format: hub.format };
  if (hub.minReader > schemaVersion) return { tables: 'newer', ...facts };
  const run = await client.query<{ name: string }>({ text: `SELECT name FROM ${q('migrations')}` });
  const known = new Set(run.rows.map(({ name }) => name));
  const isCurrent = migrations.every(({ name }) => known.has(name)) && hub.format === formatVersion;
  return { tables: isCurrent ? 'current' : 'old', ...facts };
}

async function sizesOf(client: PgClient, { qualified: q, prefix }: Names): Promise<Examination['sizes']> {
  const { rows } = await client.query<{ name: string; bytes: number }>({
    text: `SELECT name, pg_total_relation_size(to_regclass(qualified)) AS bytes
      FROM unnest($1::text[], $2::text[]) AS t(name, qualified)`,
    values: [tableNames.map((name) => prefix + name), tableNames.map(q)],
  });
  return rows;
}

/** Sessions of other users are shown without their statements, unless this user may see them. */
async function transactionsOf(client: PgClient): Promise<Examination['transactions']> {
  const { rows } = await client.query<{ who: string; ms: number; doing: string }>({
    text: `SELECT coalesce(usename, '?') || '/' || coalesce(nullif(application_name, ''), '?') || ' (' || pid || ')' AS who,
        (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint AS ms, coalesce(state, '?') AS doing
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < clock_timestamp() - $1 * interval '1 millisecond'
      ORDER BY xact_start LIMIT 20`,
    values: [longMs],
  });
  return rows;
}

async function workersOf(client: PgClient, { qualified: q }: Names): Promise<readonly ExaminedWorker[]> {
  const { rows } = await client.query<ExaminedWorker>({
    text: `SELECT kind, name, version, seq,
        expires_at - (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS "leaseLeftMs"
      FROM ${q('worker')} WHERE alive = 1 ORDER BY incarnation LIMIT 1000`,
  });
  return rows;
}
