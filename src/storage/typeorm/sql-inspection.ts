/**
 * The reads of an inspector on databases with SQL. The statements are the same on every database: `?` stands for each value, and names in
 * answers are quoted. A dialect adds the pages of instances, the sizes, and a connection with a time limit.
 */
import type {
  InboxRow,
  InspectedLetter,
  InspectedMessage,
  InspectedPartition,
  InspectedRow,
  InspectedWorker,
  InspectionStore,
  InstanceFilter,
  WaitingCount,
} from '../../engines/sql/ports/store.js';
import type { EdgePage, SqlValue } from './dialect.js';
import { notScheduled } from './waiting-targets.js';

/** The parts of an inspection that are specific to a dialect. */
export interface InspectionDialect {
  /** The name of a table with all that belongs to it. */
  table(name: string): string;
  /** The column of the partition of a message, quoted where the word is reserved. */
  readonly partition: string;
  /** The function that counts the characters of a text. */
  readonly length: string;
  /** Runs a statement within the time limit. @throws StorageError */
  all<Row>(sql: string, values: readonly SqlValue[]): Promise<Row[]>;
  instances: InspectionStore['instances'];
  edge(filter: InstanceFilter, page: EdgePage): Promise<string | undefined>;
  sizes: InspectionStore['sizes'];
}

type Targets = Parameters<InspectionStore['countWaiting']>[0];

const lockBegin = '{"kind":"lock",';

export class SqlInspection implements InspectionStore {
  constructor(private readonly dialect: InspectionDialect) {}

  instances(...args: Parameters<InspectionStore['instances']>): Promise<readonly InspectedRow[]> {
    return this.dialect.instances(...args);
  }

  edge(...args: Parameters<InspectionStore['edge']>): Promise<string | undefined> {
    return this.dialect.edge(...args);
  }

  countNames(): ReturnType<InspectionStore['countNames']> {
    // Two groupings by few columns take half of the time of one by all.
    const table = this.table('instance');
    return this.dialect.all(
      `SELECT 'entity' AS kind, name, NULL AS status, count(*) AS count FROM ${table}
        WHERE kind = 'entity' AND state IS NOT NULL GROUP BY name
      UNION ALL SELECT 'orchestration' AS kind, name, status, count(*) AS count FROM ${table}
        WHERE status IS NOT NULL GROUP BY name, status`,
      [],
    );
  }

  async longestIdle(): ReturnType<InspectionStore['longestIdle']> {
    type Row = { readonly id: string; readonly name: string; readonly updatedAtMs: number };
    const [row] = await this.dialect.all<Row>(
      `SELECT id, name, updated_at AS "updatedAtMs" FROM ${this.table('instance')}
        WHERE status IN ('pending', 'running', 'suspended') ORDER BY updated_at, id LIMIT 1`,
      [],
    );
    return row;
  }

  inbox(
    { id, partition }: { readonly id: string; readonly partition: number },
    { part, after, limit, bodyMax }: Parameters<InspectionStore['inbox']>[1],
  ): Promise<readonly InspectedMessage[]> {
    const { length } = this.dialect;
    const [order, where] = partOf[part];
    const [value, seq] = after ?? [Number.MIN_SAFE_INTEGER, 0];
    // A part without an order of its own is in the order of `seq`.
    const behind = order === undefined ? 'seq > ?' : `(${order} > ? OR (${order} = ? AND seq > ?))`;
    const values = order === undefined ? [seq] : [value, value, seq];
    return this.dialect.all<InspectedMessage>(
      `SELECT ${this.columns}, substr(body, 1, ${bodyMax}) AS body, ${length}(body) AS "bodyLength" FROM ${this.table('inbox')}
        WHERE ${this.dialect.partition} = ? AND target = ? AND ${where} AND ${behind}
        ORDER BY ${order === undefined ? '' : `${order}, `}seq LIMIT ?`,
      [partition, id, ...values, limit],
    );
  }

  countInbox(max: number): Promise<number> {
    return this.countUpTo(max, 'inbox');
  }

  async countWaiting(targets: Targets): Promise<readonly WaitingCount[]> {
    if (targets.length === 0) return [];
    const { sql, values } = this.among(targets);
    return this.dialect.all<WaitingCount>(
      `SELECT target, count(*) AS waiting, count(CASE WHEN substr(body, 1, ${lockBegin.length}) = ? THEN 1 END) AS requests
        FROM ${this.table('inbox')} WHERE ${sql} AND ${notScheduled} GROUP BY target`,
      [lockBegin, ...values],
    );
  }

  lockTargets(limit: number): ReturnType<InspectionStore['lockTargets']> {
    return this.dialect.all(
      `SELECT target AS id, ${this.dialect.partition} AS "partition" FROM ${this.table('inbox')}
        WHERE ${notScheduled} AND substr(body, 1, ${lockBegin.length}) = ? GROUP BY target, ${this.dialect.partition} LIMIT ${limit}`,
      [lockBegin],
    );
  }

  async lockRequests(targets: Targets, each: number): Promise<readonly InboxRow[]> {
    if (targets.length === 0) return [];
    const { sql, values } = this.among(targets);
    return this.dialect.all<InboxRow>(
      `SELECT ${this.columns}, body FROM (
          SELECT ${this.dialect.partition}, seq, id, target, arrival, due, attempts, body, row_number() OVER (PARTITION BY target
            ORDER BY CASE WHEN arrival IS NULL THEN 1 ELSE 0 END, arrival, seq) AS place
          FROM ${this.table('inbox')} WHERE ${sql} AND ${notScheduled} AND substr(body, 1, ${lockBegin.length}) = ?) AS request
        WHERE place <= ? ORDER BY target, place`,
      [...values, lockBegin, each],
    );
  }

  async rows(ids: readonly number[]): Promise<readonly InboxRow[]> {
    if (ids.length === 0) return [];
    return this.dialect.all<InboxRow>(
      `SELECT ${this.columns}, body FROM ${this.table('inbox')} WHERE id IN (${marks(ids)})`,
      ids,
    );
  }

  deadLetters(
    { target, targetPrefix }: Parameters<InspectionStore['deadLetters']>[0],
    { after, descending, limit, bodyMax }: Parameters<InspectionStore['deadLetters']>[1],
  ): Promise<readonly InspectedLetter[]> {
    const { length } = this.dialect;
    const begin = targetPrefix ?? '';
    const conditions = [`id ${descending ? '<' : '>'} ?`];
    const values: SqlValue[] = [after ?? (descending ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER)];
    if (target !== undefined) {
      conditions.push('target = ?');
      values.push(target);
    }
    if (begin !== '') {
      conditions.push(`substr(target, 1, ${Array.from(begin).length}) = ?`);
      values.push(begin);
    }
    return this.dialect.all<InspectedLetter>(
      `SELECT id, target, substr(body, 1, ${bodyMax}) AS body, ${length}(body) AS "bodyLength", attempts, reason, at AS "atMs"
        FROM ${this.table('dead_letter')} WHERE ${conditions.join(' AND ')} ORDER BY id${descending ? ' DESC' : ''} LIMIT ?`,
      [...values, limit],
    );
  }

  countDeadLetters(max: number): Promise<number> {
    return this.countUpTo(max, 'dead_letter');
  }

  private async countUpTo(max: number, table: string): Promise<number> {
    const [row] = await this.dialect.all<{ count: number }>(
      `SELECT count(*) AS count FROM (SELECT id FROM ${this.table(table)} LIMIT ${max}) AS found`,
      [],
    );
    return row?.count ?? 0;
  }

  async workers({
    before = Number.MAX_SAFE_INTEGER,
    limit,
  }: Parameters<InspectionStore['workers']>[0]): Promise<readonly InspectedWorker[]> {
    type Row = Omit<InspectedWorker, 'alive' | 'holds'> & { readonly alive: number; readonly holds: number };
    const rows = await this.dialect.all<Row>(
      `SELECT incarnation, kind, name, seq, alive, expires_at AS "expiresAtMs", holds, coalesce(version, '') AS version,
          coalesce(owned.partitions, 0) AS partitions
        FROM ${this.table('worker')}
          LEFT JOIN (SELECT owner, count(*) AS partitions FROM ${this.table('partition')} GROUP BY owner) AS owned
            ON owner = incarnation
        WHERE incarnation < ? ORDER BY incarnation DESC LIMIT ?`,
      [before, limit],
    );
    return rows.map((row) => ({ ...row, alive: row.alive === 1, holds: row.holds === 1 }));
  }

  partitions(): Promise<readonly InspectedPartition[]> {
    return this.dialect.all(
      `SELECT number AS "partition", owner, epoch, crashes FROM ${this.table('partition')} ORDER BY number`,
      [],
    );
  }

  sizes(): ReturnType<InspectionStore['sizes']> {
    return this.dialect.sizes();
  }

  private get columns(): string {
    return `seq, id, ${this.dialect.partition} AS "partition", target, arrival, due AS "dueMs", attempts`;
  }

  /** The condition for rows of these targets. Indexes of servers begin with the partition. */
  private among(targets: Targets): { readonly sql: string; readonly values: SqlValue[] } {
    const partitions = [...new Set(targets.map(({ partition }) => partition))];
    const ids = targets.map(({ id }) => id);
    return {
      sql: `${this.dialect.partition} IN (${marks(partitions)}) AND target IN (${marks(ids)})`,
      values: [...partitions, ...ids],
    };
  }

  private table(name: string): string {
    return this.dialect.table(name);
  }
}

/** By part: its order before `seq`, and its condition. */
const partOf = {
  adopted: ['arrival', 'arrival IS NOT NULL'],
  new: [undefined, 'arrival IS NULL AND due IS NULL'],
  scheduled: ['due', 'arrival IS NULL AND due IS NOT NULL'],
} as const;

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
