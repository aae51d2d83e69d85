/** The facts that a new connection reads from its server, and the settings that it gets. */
import { StorageError } from '../../../errors/index.js';
import type { Logger } from '../../../ports/log.js';
import type { PostgresClient } from './postgres-client.js';
import { identitySql } from './within.js';

const oldestVersion = 150_000;

export interface SessionFacts {
  /** The first schema of the search path. `null` if there is no such schema. */
  readonly schema: string | null;
  /** Whether a pooler stands between: it gives each statement or transaction another session. */
  readonly isPooled: boolean;
  readonly identity: string;
  readonly mayReadSystem: boolean;
}

interface FactsRow {
  readonly version: number;
  readonly schema: string | null;
  readonly encoding: string;
  readonly fsync: string;
  readonly process: number;
  readonly mayReadSystem: boolean;
}

/** @throws StorageError if the server cannot be used */
export async function readFacts(
  client: PostgresClient,
  database: string,
  logger: Logger | undefined,
): Promise<SessionFacts> {
  const { rows } = await client.query<FactsRow>({
    text: `SELECT current_setting('server_version_num')::integer AS version, current_schema() AS schema,
      current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync, pg_backend_pid() AS process,
      has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS "mayReadSystem"`,
  });
  const facts = rows[0] as FactsRow;
  const { version, schema, encoding, mayReadSystem } = facts;
  if (version < oldestVersion)
    throw new StorageError(
      `The server of ${database} is too old: its version is ${version}.`,
      'Use PostgreSQL 15 or newer.',
    );
  if (encoding !== 'UTF8')
    throw new StorageError(
      `The encoding of ${database} is ${encoding}, which cannot store every text.`,
      "Use a database with the encoding UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    );
  if (facts.fsync !== 'on')
    logger?.warn({ database }, 'The server does not sync its files (fsync = off): a crash of its machine loses data.');
  const found = await client.query<{ database: string }>({ text: identitySql(mayReadSystem) });
  const identity = found.rows[0]?.database ?? '';
  // A pooler invents the number of the process, because any of its sessions may serve the next statement.
  return { schema, isPooled: client.processID !== facts.process, identity, mayReadSystem };
}

/**
 * The time that the server gives one statement, a wait for a lock, and a transaction of the connection that commits between two statements.
 * The last one is shorter than a wait for a lock: a process that stands still in the middle of joining holds the row of the task hub, and
 * must not keep others from taking over.
 */
export const serverTimes = { statementMs: 7_500, lockMs: 3_000, idleMs: 2_000 };

/**
 * Settings of a connection that belongs to this process alone. Behind a pooler they would leak into the sessions of others. Correctness rests
 * on none of them: other isolation levels only cause more errors 40001.
 */
export async function prepareSession(
  client: PostgresClient,
  facts: SessionFacts,
  { statementMs, idleMs = 0 }: { readonly statementMs: number; readonly idleMs?: number },
): Promise<void> {
  if (facts.isPooled) return;
  await client.query({
    text: `SET default_transaction_isolation = 'read committed'; SET statement_timeout = ${statementMs};
      SET lock_timeout = ${serverTimes.lockMs}; SET jit = off;
      SET idle_in_transaction_session_timeout = ${idleMs}; SET client_min_messages = warning`,
  });
}
