import type { Statement } from '../server/server-client.js';
import type { ServerPresence } from '../server/server-connection.js';
import type { ReaderPool } from '../server/server-pool.js';
import type { PostgresHints } from './hints.js';
import { quotedText, type Names } from './names.js';
import { prepared, type PostgresClient } from './postgres-client.js';
import { numberArray } from './reads.js';

/**
 * The presence lock of a worker: an advisory lock of the session that listens. The server releases it when the process or its connection is
 * gone, so a killed worker is missed long before its lease is over. A process that stands still keeps its lock.
 *
 * The key is the number of the table of workers in this database, and the number of the worker: no other task hub has the same. Numbers of
 * workers are cut to 32 bits, which repeat after four billion workers.
 */
export class PostgresPresence implements ServerPresence {
  readonly #tryLock: Statement;
  readonly #absent: Statement;
  #held: { readonly incarnation: number; readonly session: object } | undefined;

  constructor(
    { qualified: q }: Names,
    private readonly hints: PostgresHints,
    private readonly readers: ReaderPool<PostgresClient>,
  ) {
    const table = `${quotedText(q('worker'))}::regclass::oid`;
    // The key of the lock is two signed numbers of 32 bits, which the view of locks shows unsigned.
    const signed = (number: string) => `(((${number})::bigint << 32) >> 32)::integer`;
    this.#tryLock = { text: `SELECT pg_try_advisory_lock(${signed(table)}, ${signed('$1')}) AS held` };
    this.#absent = prepared(
      'absent',
      `SELECT w.incarnation FROM ${q('worker')} AS w
        WHERE w.incarnation = ANY ($1::bigint[]) AND w.alive = 1 AND w.kind = 'worker' AND w.holds = 1
          AND NOT EXISTS (SELECT 1 FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.classid = ${table} AND l.objid::bigint = w.incarnation & 4294967295)
        ORDER BY w.incarnation`,
    );
  }

  /** Whether a new worker shall hold a lock: a session that hears its own echo belongs to this process alone. */
  isPossible(): Promise<boolean> {
    return this.hints.arrive();
  }

  /** Resolves with whether the lock is held. Never fails: the caller asks again. */
  async hold(incarnation: number): Promise<boolean> {
    if (this.#held?.incarnation === incarnation && this.#held.session === this.hints.session) return true;
    try {
      return await this.hints.onSession(async (session) => {
        this.#held = undefined;
        await session.query({ text: 'SELECT pg_advisory_unlock_all()' });
        const { rows } = await session.query<{ held: boolean }>(this.#tryLock, [incarnation]);
        if (rows[0]?.held !== true) return false;
        this.#held = { incarnation, session: session.client };
        return true;
      });
    } catch {
      return false;
    }
  }

  async absent(incarnations: readonly number[]): Promise<readonly number[]> {
    const rows = await this.readers.read<{ incarnation: number }>(this.#absent, [numberArray(incarnations)]);
    return rows.map(({ incarnation }) => incarnation);
  }
}
