import { createHash } from 'node:crypto';
import type { Statement } from '../server/server-client.js';
import type { ServerPresence } from '../server/server-connection.js';
import type { ReaderPool } from '../server/server-pool.js';
import type { MysqlHints } from './hints.js';
import { joined, jsonValues } from './json-rows.js';
import { prepared, type MysqlClient, type MysqlLink } from './mysql-client.js';
import type { Names } from './names.js';

/**
 * The presence lock of a worker: a named lock of a session of its own. The server releases it when the process or its connection is gone, so
 * a killed worker is missed long before its lease is over. A process that stands still keeps its lock.
 */
export class MysqlPresence implements ServerPresence {
  readonly #absent: Statement;
  readonly #prefix: string;
  #held: { readonly incarnation: number; readonly client: object } | undefined;

  constructor(
    { database, prefix, qualified: q }: Names,
    private readonly link: MysqlLink,
    private readonly hints: MysqlHints,
    private readonly readers: ReaderPool<MysqlClient>,
  ) {
    // Names of locks belong to the whole server, and have at most 64 characters.
    const hash = createHash('sha256')
      .update(JSON.stringify([database, prefix]))
      .digest('hex')
      .slice(0, 24);
    this.#prefix = `de:${hash}:`;
    this.#absent =
      prepared(`SELECT w.incarnation FROM ${jsonValues('$1', 'number')} ${joined(q('worker'), 'w')} ON w.incarnation = u.value
      WHERE w.alive = 1 AND w.kind = 'worker' AND w.holds = 1 AND IS_FREE_LOCK(CONCAT('${this.#prefix}', w.incarnation)) = 1
      ORDER BY w.incarnation`);
  }

  /** Whether a new worker shall hold a lock: a store that nobody listens to belongs to no host. */
  async isPossible(): Promise<boolean> {
    return this.hints.hasListeners;
  }

  /** Resolves with whether the lock is held. Never fails: the caller asks again. */
  async hold(incarnation: number): Promise<boolean> {
    if (this.#held?.incarnation === incarnation && this.#held.client === this.link.client) return true;
    this.#held = undefined;
    try {
      const session = await this.link.connect();
      await session.query({ text: 'DO RELEASE_ALL_LOCKS()' });
      const lock = `${this.#prefix}${incarnation}`;
      const { rows } = await session.query<{ held: number | null }>({ text: 'SELECT GET_LOCK($1, 0) AS held' }, [lock]);
      if (rows[0]?.held !== 1) return false;
      this.#held = { incarnation, client: session.client };
      return true;
    } catch {
      return false;
    }
  }

  async absent(incarnations: readonly number[]): Promise<readonly number[]> {
    const rows = await this.readers.read<{ incarnation: number }>(this.#absent, [JSON.stringify(incarnations)]);
    return rows.map(({ incarnation }) => incarnation);
  }
}
