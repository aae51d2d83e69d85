/*
 * The reads of a running engine. Each is one statement, so it sees one state of the database. A list of ids is bound as one JSON text.
 * `prefix` is checked text, and all other values are bound.
 */

import { firstChunkSql } from '../first-chunks.js';

export const instanceColumns = `id, kind, name, key, partition, version, state, meta, status,
  created_at AS createdAtMs, updated_at AS updatedAtMs, ended_at AS endedAtMs, ended_active AS endedActiveMs, parent`;

export const columnsWithoutState = instanceColumns.replace('state,', 'NULL AS state,');

/** The columns with a state that is cut. */
export function inspectedColumns(stateMax: number): string {
  return instanceColumns.replace('state,', `substr(state, 1, ${stateMax}) AS state, length(state) AS stateLength,`);
}

const inboxColumns = 'seq, id, partition, target, arrival, due AS dueMs, attempts, body';

export function membersSql(prefix: string): string {
  return `SELECT
      (SELECT json_group_array(json_array(incarnation, name, seq, expires_at, holds, coalesce(version, ''), coalesce(names, '[]')))
        FROM (SELECT * FROM ${prefix}worker WHERE kind = 'worker' AND alive = 1 ORDER BY incarnation)) AS members,
      (SELECT json_group_array(json_array(number, owner)) FROM ${prefix}partition) AS owners`;
}

/** ?1: after this incarnation, ?2: limit. */
export function workersSql(prefix: string): string {
  return `SELECT incarnation, kind, seq, alive, expires_at AS expiresAtMs, active_ms AS activeMs,
      coalesce(owned.partitions, 0) AS partitions
    FROM ${prefix}worker
      LEFT JOIN (SELECT owner, count(*) AS partitions FROM ${prefix}partition GROUP BY owner) AS owned ON owner = incarnation
    WHERE incarnation > ?1 ORDER BY incarnation LIMIT ?2`;
}

/** ?1: status, ?2: before this active time, ?3: limit, ?4: how many to skip. */
export function endedSql(prefix: string): string {
  return `SELECT id FROM ${prefix}instance INDEXED BY ${prefix}instance_ended
    WHERE status = ?1 AND ended_active < ?2 ORDER BY ended_active LIMIT ?3 OFFSET ?4`;
}

/** ?1: target, ?2: now. */
export function inboxCountSql(prefix: string): string {
  return `SELECT count(*) AS count FROM ${prefix}inbox WHERE target = ?1 AND (due IS NULL OR due <= ?2)`;
}

/**
 * ?1: orchestration. Searches the rows that no worker has adopted yet, and the adopted rows through an index with the target. Rows that are
 * scheduled for later are not scanned.
 */
export function waitingStartSql(prefix: string): string {
  const isStart = "CASE WHEN json_valid(body) THEN body ->> 'kind' = 'start' ELSE 0 END";
  const of = (index: string, where: string) =>
    `SELECT * FROM (SELECT ${inboxColumns} FROM ${prefix}inbox INDEXED BY ${prefix}${index} WHERE ${where} AND target = ?1 AND ${isStart} LIMIT 1)`;
  return `${of('inbox_unscheduled', 'arrival IS NULL AND due IS NULL')} UNION ALL ${of('inbox_adopted', 'arrival IS NOT NULL')} LIMIT 1`;
}

/** ?1: JSON array of ids. */
export function instancesSql(prefix: string, withState = true): string {
  return `SELECT ${withState ? instanceColumns : columnsWithoutState} FROM ${prefix}instance WHERE id IN (SELECT value FROM json_each(?1))`;
}

/** ?1: JSON array of ids of entities. */
export function namedSignalsSql(prefix: string): string {
  return `SELECT entity, name, row FROM ${prefix}named_signal WHERE entity IN (SELECT value FROM json_each(?1))`;
}

/** ?1: instance, ?2: execution. */
export function historySql(prefix: string): string {
  const { holds, events } = firstChunkSql('first_chunk', '?2', 'sqlite');
  return `SELECT instance, execution, chunk, events FROM ${prefix}history WHERE instance = ?1 AND execution = ?2
    UNION ALL SELECT id, ?2, 0, ${events} FROM ${prefix}instance WHERE id = ?1 AND ${holds} ORDER BY chunk`;
}

/** ?1: JSON array of [instance, execution]. */
export function firstChunksSql(prefix: string): string {
  const { holds, events } = firstChunkSql('first_chunk', 'wanted.execution', 'sqlite');
  return `SELECT instance, execution, chunk, events FROM ${prefix}history
    WHERE chunk = 0 AND (instance, execution) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))
    UNION ALL SELECT id, wanted.execution, 0, ${events}
    FROM (SELECT DISTINCT value ->> 0 AS instance, value ->> 1 AS execution FROM json_each(?1)) AS wanted
      CROSS JOIN ${prefix}instance ON id = wanted.instance WHERE ${holds}`;
}

/** ?1: JSON array of [request id, target]. */
export function receiptsSql(prefix: string): string {
  return `SELECT target, request_id AS requestId, hash, outcome, at AS atMs FROM ${prefix}receipt
    WHERE (request_id, target) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))`;
}

/** ?1 and ?2: after this request id and target, ?3: limit. */
export function receiptPageSql(prefix: string): string {
  return `SELECT target, request_id AS requestId, at AS atMs FROM ${prefix}receipt
    WHERE (request_id, target) > (?1, ?2) ORDER BY request_id, target LIMIT ?3`;
}

/** ?1: JSON array of ids. */
export function inboxIdsSql(prefix: string): string {
  return `SELECT id FROM ${prefix}inbox WHERE id IN (SELECT value FROM json_each(?1))`;
}

const deadLetterColumns = 'id, target, body, attempts, reason, at AS atMs, active_at AS activeMs';

/** ?1: after this id, ?2: limit. */
export function deadLettersSql(prefix: string): string {
  return `SELECT ${deadLetterColumns} FROM ${prefix}dead_letter WHERE id > ?1 ORDER BY id LIMIT ?2`;
}

/** ?1: JSON array of ids. */
export function deadLettersByIdSql(prefix: string): string {
  return `SELECT ${deadLetterColumns} FROM ${prefix}dead_letter WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id`;
}

const safe = `BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;

/** Counts damaged rows of the inbox, whose id or arrival is not a safe integer. Other reads skip such rows. */
export function damagedInboxSql(prefix: string): string {
  const ids = [`< ${Number.MIN_SAFE_INTEGER}`, `> ${Number.MAX_SAFE_INTEGER}`];
  const found = ids.map((range) => `SELECT id FROM ${prefix}inbox WHERE id ${range}`);
  const places = `SELECT id FROM ${prefix}inbox INDEXED BY ${prefix}inbox_adopted WHERE arrival IS NOT NULL AND arrival`;
  const all = [...found, ...ids.map((range) => `${places} ${range}`)].join(' UNION ');
  return `SELECT count(*) AS count, CAST(min(id) AS text) AS example FROM (${all})`;
}

/** `list` is the parameter with the JSON array of partitions. `undefined` if the rows of all partitions are read. */
function inPartitions(list: string | undefined): string {
  return list === undefined ? `id ${safe}` : `id ${safe} AND partition IN (SELECT value FROM json_each(${list}))`;
}

/** ?1: target, ?2: after this arrival, ?3: limit. The index contains the target, so rows of other targets are skipped without a read. */
export function waitingSql(prefix: string): string {
  return `SELECT ${inboxColumns} FROM ${prefix}inbox WHERE seq IN (
      SELECT seq FROM ${prefix}inbox INDEXED BY ${prefix}inbox_adopted
        WHERE arrival > ?2 AND arrival ${safe} AND target = ?1 ORDER BY arrival, seq LIMIT ?3)
    ORDER BY arrival, seq`;
}

/**
 * ?1: now, ?2: limit, ?3: JSON array of partitions, if `some`. Returns at least one row, for `nextDueMs`. The `seq` of that row is null if there is no message.
 *
 * The statement has two parts, because each uses an index of its own that contains no rows which wait for later (adopted, or due later).
 * `INDEXED BY` makes a missing index an error instead of a slow scan. Only `due` and `seq` are sorted. Bodies are read afterwards, because
 * they may be long.
 */
export function pollSql(prefix: string, some: boolean): string {
  const mine = inPartitions(some ? '?3' : undefined);
  return `SELECT
      (SELECT due FROM ${prefix}inbox INDEXED BY ${prefix}inbox_scheduled
        WHERE arrival IS NULL AND due > ?1 AND due ${safe} AND ${mine} ORDER BY due LIMIT 1) AS nextDueMs,
      ${inboxColumns}
    FROM (SELECT 1) LEFT JOIN ${prefix}inbox ON seq IN (SELECT seq FROM (
      SELECT * FROM (SELECT seq, due FROM ${prefix}inbox INDEXED BY ${prefix}inbox_unscheduled
        WHERE arrival IS NULL AND due IS NULL AND ${mine} ORDER BY seq LIMIT ?2)
      UNION ALL
      SELECT * FROM (SELECT seq, due FROM ${prefix}inbox INDEXED BY ${prefix}inbox_scheduled
        WHERE arrival IS NULL AND due <= ?1 AND ${mine} ORDER BY due, seq LIMIT ?2))
      ORDER BY due, seq LIMIT ?2)
    ORDER BY due, seq`;
}

/**
 * Adopted rows. ?1 and ?2: only after this arrival and, with the same arrival, after this `seq`, ?3: limit, ?4: JSON array of partitions, if
 * `some`. Each partition counts its arrivals, so `seq` decides ties.
 */
export function adoptedSql(prefix: string, some: boolean): string {
  return `SELECT ${inboxColumns} FROM ${prefix}inbox WHERE seq IN (
      SELECT seq FROM ${prefix}inbox INDEXED BY ${prefix}inbox_adopted
        WHERE arrival IS NOT NULL AND (arrival, seq) > (?1, ?2) AND arrival ${safe} AND ${inPartitions(some ? '?4' : undefined)}
        ORDER BY arrival, seq LIMIT ?3)
    ORDER BY arrival, seq`;
}

/** New rows that are not scheduled. ?1: only after this `seq`, ?2: limit, ?3: JSON array of partitions, if `some`. */
export function freshSql(prefix: string, some: boolean): string {
  return `SELECT ${inboxColumns} FROM ${prefix}inbox WHERE seq IN (
      SELECT seq FROM ${prefix}inbox INDEXED BY ${prefix}inbox_unscheduled
        WHERE arrival IS NULL AND due IS NULL AND seq > ?1 AND ${inPartitions(some ? '?3' : undefined)} ORDER BY seq LIMIT ?2)
    ORDER BY seq`;
}
