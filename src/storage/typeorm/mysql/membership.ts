/** Members join, end and take partitions: each by one call of a procedure. */
import { LeaseLostError, StorageError } from '../../../errors/index.js';
import { readNames } from '../../../engines/sql/model/stored.js';
import type { AcquiredPartition, HubTimes, Joined } from '../../../engines/sql/ports/store.js';
import { mendPartitions } from '../damage.js';
import type { SqlSession, SqlValue } from '../dialect.js';
import type { Acquisition, FencedMember, ServerMembership } from '../server/server-connection.js';
import type { Statement } from '../server/server-client.js';
import type { Writer } from '../server/server-pool.js';
import { acquireProcedure, callOf, endProcedure, joinProcedure } from './membership-procedures.js';
import { prepared, type MysqlAnswer, type MysqlClient, type MysqlSession } from './mysql-client.js';
import { raisedReason } from './mysql-errors.js';
import type { Names } from './names.js';
import { nowSql } from './procedure.js';

/** The number of members that may announce new names at the same moment. */
const attemptsMax = 100;

export class MysqlMembership implements ServerMembership<MysqlClient> {
  readonly #join: Statement;
  readonly #end: Statement;
  readonly #acquire: Statement;

  constructor(
    private readonly names: Names,
    /** The session for statements that are the same on every database. */
    private readonly sqlSession: (session: MysqlSession) => SqlSession,
  ) {
    this.#join = prepared(callOf(names, joinProcedure));
    this.#end = prepared(callOf(names, endProcedure));
    this.#acquire = prepared(callOf(names, acquireProcedure));
  }

  /** Other members may change the known names between the read and the call, which refuses then. */
  join(writer: Writer<MysqlClient>, member: FencedMember): Promise<Omit<Joined, 'presence'>> {
    return writer.run(async (link) => {
      const session = await link.connect();
      for (let attempt = 1; ; attempt++) {
        const names = await this.#newNames(session, member.names);
        try {
          const [joined] = await call<Omit<Joined, 'presence'>>(session, this.#join, [
            member.name,
            member.kind ?? 'worker',
            member.nowMs,
            member.leaseMs,
            member.token,
            JSON.stringify(member.names),
            member.version ?? '',
            member.presence ? 1 : 0,
            names?.before ?? null,
            names?.union ?? null,
          ]);
          return { ...(joined as Omit<Joined, 'presence'>), presence: member.presence };
        } catch (error) {
          const reason = raisedReason(error);
          if (reason === 'hub') throw noHub();
          if (reason !== 'names' || attempt === attemptsMax) throw error;
        }
      }
    });
  }

  /** The known names, and the same with those of a member. `undefined` if none of them is new. */
  async #newNames(session: MysqlSession, names: readonly string[]) {
    const text = `SELECT names FROM ${this.names.qualified('task_hub')} WHERE id = 1`;
    const [hub] = (await session.query<{ names: string }>({ text })).rows;
    if (hub === undefined) throw noHub();
    const known = new Set(readNames(hub.names));
    if (names.every((name) => known.has(name))) return undefined;
    // The default sort is by code unit, independent of the locale.
    return { before: hub.names, union: JSON.stringify([...new Set([...known, ...names])].toSorted()) };
  }

  takeBlock(writer: Writer<MysqlClient>): Promise<number> {
    return writer.run(async (link) => {
      const text = `UPDATE ${this.names.qualified('task_hub')} SET next_block = LAST_INSERT_ID(next_block + 1) WHERE id = 1`;
      const { rowCount, insertId } = (await link.query(prepared(text))) as MysqlAnswer<never>;
      if (rowCount !== 1) throw noHub();
      return insertId - 1;
    });
  }

  async retire(...[writer, incarnation, survivor]: Parameters<ServerMembership<MysqlClient>['retire']>) {
    const attempts = survivor === undefined ? null : JSON.stringify(survivor.attempts);
    const row = await this.#endRow(writer, [incarnation, 0, null, 1, survivor === undefined ? 0 : 1, attempts]);
    return row?.seq;
  }

  async takeOver(writer: Writer<MysqlClient>, incarnation: number, seq: number): Promise<boolean> {
    const row = await this.#endRow(writer, [incarnation, -1, seq, 0, 0, null]);
    return row?.alive !== 1;
  }

  async #endRow(writer: Writer<MysqlClient>, values: readonly SqlValue[]) {
    const rows = await writer.run(async (link) =>
      call<{ seq: number; alive: number }>(await link.connect(), this.#end, values),
    );
    return rows[0];
  }

  acquire(writer: Writer<MysqlClient>, wanted: Acquisition) {
    const { incarnation, token, partitions, suspicious } = wanted;
    return writer.run(async (link) => {
      const session = await link.connect();
      const mended = await mendPartitions(this.sqlSession(session), incarnation);
      const dead = await this.#dead(session);
      const taken = dead.filter((row) => suspicious && row.taken === 1);
      const list = (rows: readonly { readonly owner: number }[]) => rows.map(({ owner }) => owner).join(',');
      try {
        const owned = await call<AcquiredPartition>(session, this.#acquire, [
          incarnation,
          token,
          list(dead),
          list(taken),
          partitions === 'all' ? null : partitions.join(','),
        ]);
        return { mended, owned };
      } catch (error) {
        if (raisedReason(error) !== 'fence') throw error;
        throw new LeaseLostError(incarnation, await this.#seqOf(session, incarnation));
      }
    });
  }

  async #dead(session: MysqlSession) {
    const { qualified: q } = this.names;
    const text = `SELECT p.owner, COALESCE(w.alive = -1, 0) AS taken
      FROM (SELECT DISTINCT owner FROM ${q('partition')}) AS p LEFT JOIN ${q('worker')} AS w ON w.incarnation = p.owner
      WHERE w.alive IS NULL OR w.alive <> 1`;
    return (await session.query<{ owner: number; taken: number }>(prepared(text))).rows;
  }

  async #seqOf(session: MysqlSession, incarnation: number): Promise<number> {
    const text = `SELECT seq FROM ${this.names.qualified('worker')} WHERE incarnation = $1`;
    const { rows } = await session.query<{ seq: number }>({ text }, [incarnation]);
    return rows[0]?.seq ?? 0;
  }

  /** The newest times of all that have ended, and of all that are alive. */
  readTimes(writer: Writer<MysqlClient>, nowMs: number | null): Promise<HubTimes> {
    const { qualified: q } = this.names;
    const newest = (column: string) =>
      `GREATEST(${column}, COALESCE((SELECT MAX(w.${column}) FROM ${q('worker')} AS w WHERE w.kind = 'worker' AND w.alive = 1), 0))`;
    const text = `SELECT ${nowSql('CAST($1 AS SIGNED)')} AS nowMs, ${newest('hub_time')} AS hubTimeMs,
      ${newest('active_ms')} AS activeMs FROM ${q('task_hub')} WHERE id = 1`;
    return writer.run(async (link) => {
      const { rows } = await link.query<HubTimes>(prepared(text), [nowMs]);
      if (rows[0] === undefined) throw noHub();
      return rows[0];
    });
  }
}

/**
 * Calls a procedure. A server that ends a procedure (KILL, a time limit) runs no handler of it, and leaves its transaction open: the next
 * statement would commit a part of it.
 */
export async function call<Row>(
  session: MysqlSession,
  statement: Statement,
  values: readonly SqlValue[],
): Promise<Row[]> {
  try {
    return (await session.query<Row>(statement, values)).rows;
  } catch (error) {
    await session.query({ text: 'ROLLBACK' }).catch(() => session.drop());
    throw error;
  }
}

function noHub(): StorageError {
  return new StorageError('The database has no task hub.');
}
