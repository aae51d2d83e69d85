/*
 * Members join, end and take partitions. Each function is one transaction, or one statement.
 *
 * Every transaction locks rows of workers before the row of the task hub, as the commit function does, so that two of them never wait for
 * each other.
 */
import { LeaseLostError, StorageError } from '../../../errors/index.js';
import { readNames } from '../../../engines/sql/model/stored.js';
import type { AcquiredPartition, HubTimes, Survivor } from '../../../engines/sql/ports/store.js';
import type { Acquisition, FencedMember, ServerMembership } from '../server/server-connection.js';
import { nowSql } from './commit-function.js';
import type { Names } from './names.js';
import { prepared, type PostgresClient, type PostgresLink, type PostgresSession } from './postgres-client.js';
import { numberArray } from './reads.js';

export function postgresMembership(names: Names): ServerMembership<PostgresClient> {
  return {
    join: (writer, member) => writer.transaction((session) => join(session, names, member)),
    takeBlock: (writer) => writer.transaction((session) => takeBlock(session, names)),
    retire: (writer, incarnation, survivor) =>
      writer.transaction((session) => retire(session, names, incarnation, survivor)),
    takeOver: (writer, incarnation, seq) =>
      writer.transaction((session) => takeOver(session, names, { incarnation, seq })),
    acquire: (writer, wanted) =>
      writer.run(async (link) => {
        // Partitions that were given have their owner already.
        if (wanted.partitions !== 'all' && wanted.partitions.length === 0)
          return { mended: [], owned: await ownedAlive(link, names, wanted) };
        const mended = await mendPartitions(link, names, wanted.incarnation);
        await acquire(link, names, wanted);
        return { mended, owned: await ownedBy(link, names, wanted.incarnation) };
      }),
    readTimes: (writer, nowMs) => writer.run(async (link) => readTimes(await link.connect(), names, nowMs)),
  };
}

/** Adds a living row. Its transaction holds the row of the task hub, so that members that start together do not lose each other's names. */
async function join(session: PostgresSession, { qualified: q }: Names, member: FencedMember) {
  const { rows } = await session.query<{ incarnation: number }>(
    {
      text: `INSERT INTO ${q('worker')} (name, kind, seq, alive, expires_at, token, names, version, holds)
        VALUES ($1, $2, 0, 1, ${nowSql('$3::bigint')} + $4::bigint, $5, $6, $7, $8) RETURNING incarnation`,
    },
    [
      member.name,
      member.kind ?? 'worker',
      member.nowMs,
      member.leaseMs,
      member.token,
      JSON.stringify(member.names),
      member.version ?? '',
      member.presence ? 1 : 0,
    ],
  );
  const hub = await session.query<{ names: string; block: number }>({
    text: `UPDATE ${q('task_hub')} SET next_block = next_block + 1 WHERE id = 1 RETURNING names, next_block - 1 AS block`,
  });
  const [worker] = rows;
  const [known] = hub.rows;
  if (worker === undefined || known === undefined) throw noHub();
  const before = readNames(known.names);
  // The default sort is by code unit, independent of the locale.
  const union = [...new Set([...before, ...member.names])].toSorted();
  if (union.length > before.length)
    await session.query({ text: `UPDATE ${q('task_hub')} SET names = $1 WHERE id = 1` }, [JSON.stringify(union)]);
  return { incarnation: worker.incarnation, block: known.block };
}

async function takeBlock(session: PostgresSession, { qualified: q }: Names): Promise<number> {
  const { rows } = await session.query<{ block: number }>({
    text: `UPDATE ${q('task_hub')} SET next_block = next_block + 1 WHERE id = 1 RETURNING next_block - 1 AS block`,
  });
  if (rows[0] === undefined) throw noHub();
  return rows[0].block;
}

/** The newest times of all that have ended, and of all that are alive. */
async function readTimes(session: PostgresSession, { qualified: q }: Names, nowMs: number | null): Promise<HubTimes> {
  const newest = (column: string) =>
    `greatest(${column}, (SELECT max(w.${column}) FROM ${q('worker')} AS w WHERE w.kind = 'worker' AND w.alive = 1))`;
  const { rows } = await session.query<HubTimes>(
    {
      text: `SELECT ${nowSql('$1::bigint')} AS "nowMs", ${newest('hub_time')} AS "hubTimeMs", ${newest('active_ms')} AS "activeMs"
        FROM ${q('task_hub')} WHERE id = 1`,
    },
    [nowMs],
  );
  if (rows[0] === undefined) throw noHub();
  return rows[0];
}

/**
 * Marks a living row as dead, and leaves its times to the task hub, because the row may be deleted. Waits for a commit in progress. Resolves
 * with whether the row was alive.
 */
async function end(
  session: PostgresSession,
  { qualified: q }: Names,
  ended: { readonly incarnation: number; readonly alive: 0 | -1; readonly seq: number | null },
): Promise<boolean> {
  const { rows } = await session.query<{ kind: string; hubTime: number; activeMs: number }>(
    {
      text: `UPDATE ${q('worker')} AS w SET alive = $2, active_ms = greatest(w.active_ms,
          (SELECT hub.active_ms FROM ${q('task_hub')} AS hub WHERE hub.id = 1),
          (SELECT max(other.active_ms) FROM ${q('worker')} AS other WHERE other.kind = 'worker' AND other.alive = 1))
        WHERE w.incarnation = $1 AND w.alive = 1 AND w.seq = coalesce($3, w.seq)
        RETURNING w.kind, w.hub_time AS "hubTime", w.active_ms AS "activeMs"`,
    },
    [ended.incarnation, ended.alive, ended.seq],
  );
  const [row] = rows;
  if (row === undefined) return false;
  await session.query(
    {
      text: `UPDATE ${q('task_hub')} SET hub_time = greatest(hub_time, $1), active_ms = greatest(active_ms, $2) WHERE id = 1`,
    },
    [row.kind === 'worker' ? row.hubTime : 0, row.activeMs],
  );
  return true;
}

async function retire(
  session: PostgresSession,
  names: Names,
  incarnation: number,
  survivor: Survivor | undefined,
): Promise<number | undefined> {
  const { qualified: q } = names;
  const ended = await end(session, names, { incarnation, alive: 0, seq: null });
  if (ended && survivor !== undefined) {
    await session.query({ text: `UPDATE ${q('partition')} SET owner = 0 WHERE owner = $1` }, [incarnation]);
    await session.query(
      {
        text: `UPDATE ${q('inbox')} AS i SET attempts = u.attempts
          FROM unnest($1::bigint[], $2::integer[]) AS u (id, attempts) WHERE i.id = u.id`,
      },
      [
        numberArray(survivor.attempts.map(([id]) => id)),
        numberArray(survivor.attempts.map(([, attempts]) => attempts)),
      ],
    );
  }
  const { rows } = await session.query<{ seq: number }>(
    { text: `SELECT seq FROM ${q('worker')} WHERE incarnation = $1` },
    [incarnation],
  );
  return rows[0]?.seq;
}

/**
 * Marks the row of another worker as dead, if its `seq` is still this one. Waits for no lock, because the commits of this process would wait
 * behind it. A row that is locked belongs to a commit in progress, so its worker is alive. The row of the task hub is locked while a member
 * joins or ends: the caller tries again. Resolves with whether the row is dead.
 */
async function takeOver(
  session: PostgresSession,
  names: Names,
  worker: { readonly incarnation: number; readonly seq: number },
): Promise<boolean> {
  const { qualified: q } = names;
  const lock = (table: string, where: string) => `SELECT 1 FROM ${q(table)} WHERE ${where} FOR UPDATE SKIP LOCKED`;
  const { incarnation, seq } = worker;
  const own = await session.query({ text: lock('worker', 'incarnation = $1 AND seq = $2 AND alive = 1') }, [
    incarnation,
    seq,
  ]);
  const hub = own.rows.length === 0 ? own : await session.query({ text: lock('task_hub', 'id = 1') });
  if (hub.rows.length > 0 && (await end(session, names, { ...worker, alive: -1 }))) return true;
  const { rows } = await session.query({ text: `SELECT 1 FROM ${q('worker')} WHERE incarnation = $1 AND alive = 1` }, [
    incarnation,
  ]);
  return rows.length === 0;
}

/** Two statements, each of its own snapshot: see `ServerMembership.acquire`. */
async function acquire(link: PostgresLink, { qualified: q }: Names, wanted: Acquisition): Promise<void> {
  const { incarnation, token, partitions, suspicious } = wanted;
  const { rows: dead } = await link.query<{ owner: number; taken: boolean }>({
    text: `SELECT p.owner, coalesce(w.alive = -1, false) AS taken
      FROM (SELECT DISTINCT owner FROM ${q('partition')}) AS p LEFT JOIN ${q('worker')} AS w ON w.incarnation = p.owner
      WHERE w.alive IS DISTINCT FROM 1`,
  });
  const taken = dead.filter((row) => suspicious && row.taken);
  const { rows } = await link.query<{ alive: number }>(
    {
      text: `WITH me AS (SELECT 1 FROM ${q('worker')} WHERE incarnation = $1 AND token = $2 AND alive = 1 FOR UPDATE),
        free AS (SELECT number, owner FROM ${q('partition')} WHERE owner = ANY ($3::bigint[])
          AND ($4::integer[] IS NULL OR number = ANY ($4::integer[])) ORDER BY number FOR UPDATE SKIP LOCKED),
        got AS (UPDATE ${q('partition')} AS p SET owner = $1, epoch = p.epoch + 1,
            crashes = p.crashes + (free.owner = ANY ($5::bigint[]))::integer
          FROM free, me WHERE p.number = free.number RETURNING p.number)
        SELECT (SELECT count(*) FROM me) AS alive, (SELECT count(*) FROM got) AS got`,
    },
    [
      incarnation,
      token,
      numberArray(dead.map(({ owner }) => owner)),
      partitions === 'all' ? null : numberArray(partitions),
      numberArray(taken.map(({ owner }) => owner)),
    ],
  );
  if (rows[0]?.alive !== 1) throw new LeaseLostError(incarnation, await seqOf(link, q, incarnation));
}

async function seqOf(link: PostgresLink, q: Names['qualified'], incarnation: number): Promise<number> {
  const { rows } = await link.query<{ seq: number }>(
    { text: `SELECT seq FROM ${q('worker')} WHERE incarnation = $1` },
    [incarnation],
  );
  return rows[0]?.seq ?? 0;
}

/** All partitions of a worker: those that it took, those that it had, and those that others gave to it. */
async function ownedBy(link: PostgresLink, { qualified: q }: Names, incarnation: number): Promise<AcquiredPartition[]> {
  const { rows } = await link.query<AcquiredPartition>(
    { text: `SELECT number AS partition, epoch, crashes FROM ${q('partition')} WHERE owner = $1 ORDER BY number` },
    [incarnation],
  );
  return rows;
}

/** The same, of a worker that must be alive, in one statement. @throws LeaseLostError */
async function ownedAlive(
  link: PostgresLink,
  { qualified: q }: Names,
  { incarnation, token }: Acquisition,
): Promise<AcquiredPartition[]> {
  const { rows } = await link.query<AcquiredPartition | { readonly partition: null }>(
    prepared(
      'owned',
      `SELECT p.number AS partition, p.epoch, p.crashes FROM ${q('worker')} AS w
        LEFT JOIN ${q('partition')} AS p ON p.owner = w.incarnation
      WHERE w.incarnation = $1 AND w.token = $2 AND w.alive = 1 ORDER BY p.number`,
    ),
    [incarnation, token],
  );
  if (rows.length === 0) throw new LeaseLostError(incarnation, await seqOf(link, q, incarnation));
  return rows.filter((row): row is AcquiredPartition => row.partition !== null);
}

/**
 * Makes missing rows of partitions anew, unless another living worker owns any partition: it may use the missing ones. Resolves with their
 * numbers. The epoch of a lost row is unknown, and a fencing token must never decrease, so it begins with the largest one.
 */
async function mendPartitions(link: PostgresLink, { qualified: q }: Names, me: number): Promise<number[]> {
  const { rows } = await link.query<{ number: number }>(
    {
      text: `INSERT INTO ${q('partition')} (number, owner, epoch, crashes)
        SELECT n, 0, (SELECT coalesce(max(epoch), 0) FROM ${q('partition')}), 0
        FROM generate_series(0, (SELECT partition_count - 1 FROM ${q('task_hub')} WHERE id = 1)) AS n
        WHERE NOT EXISTS (SELECT 1 FROM ${q('partition')} AS p WHERE p.number = n)
          AND NOT EXISTS (SELECT 1 FROM ${q('partition')} AS p JOIN ${q('worker')} AS w ON w.incarnation = p.owner
            WHERE w.alive = 1 AND w.incarnation <> $1)
        ON CONFLICT DO NOTHING RETURNING number`,
    },
    [me],
  );
  return rows.map(({ number }) => number);
}

function noHub(): StorageError {
  return new StorageError('The database has no task hub.');
}
