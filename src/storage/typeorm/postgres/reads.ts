/*
 * The reads of a running engine. Each is one statement, so it sees one state of the database. A list of texts is bound as one array. All
 * statements but those of queries are prepared under their name, once for each connection.
 */
import { firstChunkSql } from '../first-chunks.js';
import type { Statement } from '../server/server-client.js';
import type { ReadName } from '../server/server-reads.js';
import { nowSql } from './commit-function.js';
import type { Names } from './names.js';
import { prepared } from './postgres-client.js';

export const instanceColumns = `id, kind, name, key, partition, version, state, meta, status, created_at AS "createdAtMs",
  updated_at AS "updatedAtMs", ended_at AS "endedAtMs", ended_active AS "endedActiveMs", parent`;

export const columnsWithoutState = instanceColumns.replace('state,', 'NULL AS state,');

export const inboxColumns = 'seq, id, partition, target, arrival, due AS "dueMs", attempts, body';

const deadLetterColumns = 'id, target, body, attempts, reason, at AS "atMs", active_at AS "activeMs"';

const safe = `BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;

/** Numbers beyond 2^53 are damage: no read returns such a row. */
export const safeRow = `id ${safe}`;

/** The columns `members` and `owners`: JSON of the living workers, and of the owners of partitions. */
export function membershipColumns({ qualified: q }: Names): string {
  return `(SELECT json_agg(w ORDER BY incarnation) FROM (SELECT incarnation, name, seq, expires_at AS "expiresAtMs",
        holds = 1 AS holds, coalesce(version, '') AS version, coalesce(names, '[]') AS names
        FROM ${q('worker')} WHERE alive = 1 AND kind = 'worker') AS w) AS members,
      (SELECT json_agg(json_build_array(number, owner)) FROM ${q('partition')}) AS owners`;
}

/** The statements by name. `q` qualifies the name of a table. */
function texts(names: Names): Record<ReadName, string> {
  const { qualified: q } = names;
  const owned = `(SELECT owner, count(*) AS partitions FROM ${q('partition')} GROUP BY owner)`;
  const one = firstChunkSql('first_chunk', '$2::text', 'postgres');
  const each = firstChunkSql('i.first_chunk', 'k.execution', 'postgres');
  const pairs = (first: string, second: string) => `unnest($1::text[], $2::text[]) AS k (${first}, ${second})`;
  return {
    /** $1: the time of a test, or NULL. Workers and owners as one snapshot shows them. */
    members: `SELECT ${nowSql('$1::bigint')} AS "nowMs", ${membershipColumns(names)}`,
    /** $1: after this incarnation, $2: limit. */
    workers: `SELECT incarnation, kind, seq, alive = 1 AS alive, expires_at AS "expiresAtMs", active_ms AS "activeMs",
        coalesce(owned.partitions, 0) AS partitions
      FROM ${q('worker')} LEFT JOIN ${owned} AS owned ON owner = incarnation
      WHERE incarnation > $1 ORDER BY incarnation LIMIT $2`,
    /** $1: status, $2: before this active time, $3: limit, $4: how many to skip. */
    ended: `SELECT id FROM ${q('instance')}
      WHERE status = $1 AND ended_active < $2 ORDER BY ended_active LIMIT $3 OFFSET $4`,
    /** $1: target, $2: now. */
    inbox_count: `SELECT count(*) AS count FROM ${q('inbox')} WHERE target = $1 AND (due IS NULL OR due <= $2)`,
    /**
     * $1: orchestration, $2: after this seq, $3: limit. Rows that may be a start message. A server of version 15 cannot tell whether a text
     * is JSON without raising an error, so the caller reads the bodies.
     */
    waiting_start: `SELECT ${inboxColumns} FROM ${q('inbox')}
      WHERE target = $1 AND due IS NULL AND seq > $2 AND strpos(body, '"start"') > 0 ORDER BY seq LIMIT $3`,
    /** $1: ids. */
    instances: `SELECT ${instanceColumns} FROM ${q('instance')} WHERE id = ANY ($1::text[])`,
    instances_without_state: `SELECT ${columnsWithoutState} FROM ${q('instance')} WHERE id = ANY ($1::text[])`,
    named_signals: `SELECT entity, name, "row" FROM ${q('named_signal')} WHERE entity = ANY ($1::text[])`,
    /** $1: instance, $2: execution. */
    history: `SELECT instance, execution, chunk, events FROM ${q('history')} WHERE instance = $1 AND execution = $2
      UNION ALL SELECT id, $2, 0, ${one.events} FROM ${q('instance')} WHERE id = $1 AND ${one.holds} ORDER BY chunk`,
    /** $1: instances, $2: executions. */
    first_chunks: `SELECT DISTINCT h.instance, h.execution, h.chunk, h.events
        FROM ${pairs('instance', 'execution')} JOIN ${q('history')} AS h USING (instance, execution) WHERE h.chunk = 0
      UNION ALL SELECT DISTINCT k.instance, k.execution, 0, ${each.events}
        FROM ${pairs('instance', 'execution')} JOIN ${q('instance')} AS i ON i.id = k.instance WHERE ${each.holds}`,
    /** $1: request id, $2: target. */
    receipt: `SELECT target, request_id AS "requestId", hash, outcome, at AS "atMs" FROM ${q('receipt')}
      WHERE request_id = $1 AND target = $2`,
    /** $1: request ids, $2: targets. */
    receipts: `SELECT DISTINCT r.target, r.request_id AS "requestId", r.hash, r.outcome, r.at AS "atMs"
      FROM ${pairs('request_id', 'target')} JOIN ${q('receipt')} AS r USING (request_id, target)`,
    /** $1 and $2: after this request id and target, $3: limit. */
    receipt_page: `SELECT target, request_id AS "requestId", at AS "atMs" FROM ${q('receipt')}
      WHERE (request_id, target) > ($1, $2) ORDER BY request_id, target LIMIT $3`,
    first_receipts: `SELECT target, request_id AS "requestId", at AS "atMs" FROM ${q('receipt')}
      ORDER BY request_id, target LIMIT $1`,
    /** $1: ids. */
    inbox_ids: `SELECT id FROM ${q('inbox')} WHERE id = ANY ($1::bigint[])`,
    /** $1: after this id, $2: limit. */
    dead_letters: `SELECT ${deadLetterColumns} FROM ${q('dead_letter')} WHERE id > $1 ORDER BY id LIMIT $2`,
    /** $1: ids. */
    dead_letters_by_id: `SELECT ${deadLetterColumns} FROM ${q('dead_letter')} WHERE id = ANY ($1::bigint[]) ORDER BY id`,
    /**
     * $1: target, $2: after this arrival, $3: limit. The index contains the target, so rows of other targets are skipped without a read.
     */
    waiting: `SELECT x.* FROM ${q('partition')} AS p CROSS JOIN LATERAL (
        SELECT ${inboxColumns} FROM ${q('inbox')} WHERE partition = p.number AND arrival > $2 AND arrival ${safe} AND target = $1
          ORDER BY arrival, seq LIMIT $3) AS x
      ORDER BY x.arrival, x.seq LIMIT $3`,
  };
}

/** The statements of all reads that have one form, by name. */
export function readStatements(names: Names): Readonly<Record<ReadName, Statement>> {
  const all = Object.entries(texts(names)).map(([name, text]) => [name, prepared(name, text)]);
  return Object.fromEntries(all) as Record<ReadName, Statement>;
}

/** Rows of the inbox whose id or arrival is no safe integer, found by ranges of indexes. */
export function damagedInboxText({ qualified: q }: Names): string {
  return `SELECT count(*) AS count, min(id)::text AS example FROM (
        SELECT id FROM ${q('inbox')} WHERE id < ${Number.MIN_SAFE_INTEGER}
        UNION SELECT id FROM ${q('inbox')} WHERE id > ${Number.MAX_SAFE_INTEGER}
        UNION SELECT x.id FROM ${q('partition')} AS p CROSS JOIN LATERAL (
          SELECT id FROM ${q('inbox')} WHERE partition = p.number AND arrival < ${Number.MIN_SAFE_INTEGER}
          UNION ALL
          SELECT id FROM ${q('inbox')} WHERE partition = p.number AND arrival > ${Number.MAX_SAFE_INTEGER}) AS x) AS damaged`;
}

/** A list of texts as an array of the server. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}

export function numberArray(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}
