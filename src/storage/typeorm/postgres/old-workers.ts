/** Workers of an older version, which could not read the tables after a migration. Such a migration waits until none of them is alive. */
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { Asks } from '../server/tables-of-server.js';
import { nowSql } from './commit-function.js';
import { quotedText, type Names } from './names.js';

/** A migration that may need newer readers. */
export interface MigrationNeeds {
  /** The version of tables that code must know to read the tables from then on. Absent if the code before can read them. */
  readonly minReader?: number;
}

export class OldWorkersError extends StorageError {
  constructor(
    database: string,
    /** The names of the living workers. */
    readonly workers: readonly string[],
  ) {
    super(
      `The tables in ${database} cannot be migrated while workers of an older version are alive: ${shownNames(workers)}.`,
      'Stop these workers. The start goes on when they have stopped, or when their leases are over.',
      undefined,
      'DE_STORAGE_OLD_WORKERS',
    );
  }
}

const shownMax = 10;

function shownNames(names: readonly string[]): string {
  const more = names.length > shownMax ? ` and ${names.length - shownMax} more` : '';
  return names.slice(0, shownMax).map(quoted).join(', ') + more;
}

/**
 * Runs in the transaction of the migration, before it. Ends workers whose lease is over, so that a process that stood still changes nothing
 * any more.
 * @throws OldWorkersError if one of these migrations raises the version that readers must know, and another worker is alive
 */
export async function refuseBesideOldWorkers(
  session: Asks,
  { qualified: q }: Names,
  { database, pending }: { readonly database: string; readonly pending: readonly MigrationNeeds[] },
): Promise<void> {
  const needed = pending.reduce((most, { minReader = 0 }) => Math.max(most, minReader), 0);
  const { rows: tables } = await session.query<{ hub: boolean }>({
    text: `SELECT to_regclass(${quotedText(q('task_hub'))}) IS NOT NULL AS hub`,
  });
  if (needed === 0 || tables[0]?.hub !== true) return;
  const { rows: hubs } = await session.query<{ minReader: number }>({
    text: `SELECT min_reader AS "minReader" FROM ${q('task_hub')} WHERE id = 1`,
  });
  if (hubs[0] === undefined || hubs[0].minReader >= needed) return;
  const now = nowSql('NULL::bigint');
  await session.query({
    text: `UPDATE ${q('worker')} SET alive = -1 WHERE alive = 1 AND kind = 'worker' AND expires_at <= ${now}`,
  });
  const { rows } = await session.query<{ name: string }>({
    text: `SELECT name FROM ${q('worker')} WHERE alive = 1 AND kind = 'worker' ORDER BY incarnation`,
  });
  if (rows.length > 0)
    throw new OldWorkersError(
      database,
      rows.map(({ name }) => name),
    );
}
