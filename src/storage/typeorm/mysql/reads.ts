/*
 * The reads of a running engine. Each is one statement, so it sees one state of the database. A list is bound as one JSON text, and joined
 * from its side, so that rows are found by their keys. All statements but those of queries are prepared, once for each connection.
 */
import { firstChunkSql } from '../first-chunks.js';
import type { Statement } from '../server/server-client.js';
import type { ReadName } from '../server/server-reads.js';
import { joined, jsonValues } from './json-rows.js';
import { prepared } from './mysql-client.js';
import type { Names } from './names.js';
import { nowSql } from './procedure.js';

const columnsOf = (
  table = '',
) => `${table}id, ${table}kind, ${table}name, ${table}\`key\`, ${table}\`partition\`, ${table}version,
  ${table}state, ${table}meta, ${table}status, ${table}created_at AS createdAtMs, ${table}updated_at AS updatedAtMs,
  ${table}ended_at AS endedAtMs, ${table}ended_active AS endedActiveMs, ${table}parent`;

export const instanceColumns = columnsOf();

export const columnsWithoutState = withoutState(instanceColumns);

function withoutState(columns: string): string {
  return columns.replace(/(\w\.)?state,/, 'NULL AS state,');
}

export const inboxColumns = 'i.seq, i.id, i.`partition`, i.target, i.arrival, i.due AS dueMs, i.attempts, i.body';

const deadLetterColumns = 'd.id, d.target, d.body, d.attempts, d.reason, d.at AS atMs, d.active_at AS activeMs';

const [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** Numbers beyond 2^53 are damage: no read returns such a row. */
export const safeRow = `i.id BETWEEN ${least} AND ${most}`;
export const safeArrival = `i.arrival BETWEEN ${least} AND ${most}`;

const integer = (placeholder: string) => `CAST(${placeholder} AS SIGNED)`;

/** Workers (0), owners (1) and the time (2). `now` is the time of a test, or NULL. */
export function membersText({ qualified: q }: Pick<Names, 'qualified'>, now: string): string {
  return `SELECT 0 AS type, incarnation, name, seq, expires_at AS expiresAtMs, holds, COALESCE(version, '') AS version,
        COALESCE(names, '[]') AS names FROM ${q('worker')} WHERE alive = 1 AND kind = 'worker'
      UNION ALL SELECT 1, owner, '', number, 0, 0, '', '' FROM ${q('partition')}
      UNION ALL SELECT 2, 0, '', ${nowSql(now)}, 0, 0, '', ''`;
}

/** The statements by name. `q` qualifies the name of a table. */
function texts({ qualified: q }: Names): Record<ReadName, string> {
  const owned = `(SELECT owner, COUNT(*) AS partitions FROM ${q('partition')} GROUP BY owner)`;
  const ids = jsonValues('$1', 'id');
  const numbers = jsonValues('$1', 'number');
  const instances = (columns: string) =>
    `SELECT ${columns} FROM ${ids} ${joined(q('instance'), 'i')} ON i.id = u.value`;
  const one = firstChunkSql('first_chunk', '$2', 'mysql');
  const each = firstChunkSql('i.first_chunk', 'u.execution', 'mysql');
  const pairs = (first: string, second: string) => `JSON_TABLE($1, '$[*]' COLUMNS (place FOR ORDINALITY,
      ${first} VARCHAR(1088) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]' ERROR ON ERROR,
      ${second} VARCHAR(1088) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]' ERROR ON ERROR)) AS u`;
  return {
    /** $1: the time of a test, or NULL. Workers (0), owners (1) and the time (2), as one statement sees them. */
    members: membersText({ qualified: q }, integer('$1')),
    /** $1: after this incarnation, $2: limit. */
    workers: `SELECT w.incarnation, w.kind, w.seq, w.alive = 1 AS alive, w.expires_at AS expiresAtMs, w.active_ms AS activeMs,
        COALESCE(owned.partitions, 0) AS partitions
      FROM ${q('worker')} AS w LEFT JOIN ${owned} AS owned ON owned.owner = w.incarnation
      WHERE w.incarnation > ${integer('$1')} ORDER BY w.incarnation LIMIT $2`,
    /** $1: status, $2: before this active time, $3: limit, $4: how many to skip. */
    ended: `SELECT id FROM ${q('instance')} WHERE status = $1 AND ended_active < ${integer('$2')}
      ORDER BY ended_active, id LIMIT $3 OFFSET $4`,
    /** $1: target, $2: now. */
    inbox_count: `SELECT COUNT(*) AS count FROM ${q('inbox')} WHERE target = $1 AND (due IS NULL OR due <= ${integer('$2')})`,
    /** $1: orchestration, $2: after this seq, $3: limit. Rows that may be a start message: the caller reads the bodies. */
    waiting_start: `SELECT ${inboxColumns} FROM ${q('inbox')} AS i FORCE INDEX (target)
      WHERE i.target = $1 AND i.due IS NULL AND i.seq > ${integer('$2')} AND LOCATE('"start"', i.body) > 0
      ORDER BY i.seq LIMIT $3`,
    /** $1: ids. */
    instances: instances(columnsOf('i.')),
    instances_without_state: instances(withoutState(columnsOf('i.'))),
    named_signals: `SELECT s.entity, s.name, s.\`row\` FROM ${ids} ${joined(q('named_signal'), 's')} ON s.entity = u.value`,
    /** $1: instance, $2: execution. */
    history: `SELECT instance, execution, chunk, events FROM ${q('history')} WHERE instance = $1 AND execution = $2
      UNION ALL SELECT id, $2, 0, ${one.events} FROM ${q('instance')} WHERE id = $1 AND ${one.holds} ORDER BY chunk`,
    /** $1: pairs of instance and execution. */
    first_chunks: `SELECT h.instance, h.execution, h.chunk, h.events
        FROM ${pairs('instance', 'execution')}
        ${joined(q('history'), 'h')} ON h.instance = u.instance AND h.execution = u.execution WHERE h.chunk = 0
      UNION ALL SELECT i.id, u.execution, 0, ${each.events}
        FROM ${pairs('instance', 'execution')} ${joined(q('instance'), 'i')} ON i.id = u.instance WHERE ${each.holds}`,
    /** $1: request id, $2: target. */
    receipt: `SELECT target, request_id AS requestId, hash, outcome, at AS atMs FROM ${q('receipt')}
      WHERE request_id = $1 AND target = $2`,
    /** $1: pairs of request id and target. */
    receipts: `SELECT r.target, r.request_id AS requestId, r.hash, r.outcome, r.at AS atMs
      FROM ${pairs('request_id', 'target')}
      ${joined(q('receipt'), 'r')} ON r.request_id = u.request_id AND r.target = u.target`,
    /** $1 and $2: after this request id and target, $3: limit. A comparison of rows would scan the whole key. */
    receipt_page: `SELECT target, request_id AS requestId, at AS atMs FROM ${q('receipt')}
      WHERE request_id >= $1 AND (request_id > $1 OR target > $2) ORDER BY request_id, target LIMIT $3`,
    first_receipts: `SELECT target, request_id AS requestId, at AS atMs FROM ${q('receipt')}
      ORDER BY request_id, target LIMIT $1`,
    /** $1: ids. */
    inbox_ids: `SELECT i.id FROM ${numbers} ${joined(q('inbox'), 'i', 'id')} ON i.id = u.value`,
    /** $1: after this id, $2: limit. */
    dead_letters: `SELECT ${deadLetterColumns} FROM ${q('dead_letter')} AS d WHERE d.id > ${integer('$1')} ORDER BY d.id LIMIT $2`,
    /** $1: ids. */
    dead_letters_by_id: `SELECT ${deadLetterColumns} FROM ${numbers} ${joined(q('dead_letter'), 'd')} ON d.id = u.value
      ORDER BY d.id`,
    /** $1: target, $2: after this arrival, $3: limit. */
    waiting: `SELECT ${inboxColumns} FROM ${q('inbox')} AS i FORCE INDEX (target)
      WHERE i.target = $1 AND i.arrival > ${integer('$2')} AND ${safeArrival} ORDER BY i.arrival, i.seq LIMIT $3`,
  };
}

/** The statements of all reads that have one form, by name. */
export function readStatements(names: Names): Readonly<Record<ReadName, Statement>> {
  const all = Object.entries(texts(names)).map(([name, text]) => [name, prepared(text)]);
  return Object.fromEntries(all) as Record<ReadName, Statement>;
}

/** Rows of the inbox whose id or arrival is no safe integer, found by ranges of indexes. `partitions` is a list in SQL. */
export function damagedInboxText({ qualified: q }: Names, partitions: string): string {
  const beyond = (column: string) => `(${column} < ${least} OR ${column} > ${most})`;
  return `SELECT COUNT(*) AS count, CAST(MIN(x.id) AS CHAR) AS example FROM (
      SELECT id FROM ${q('inbox')} FORCE INDEX (id) WHERE ${beyond('id')}
      UNION SELECT id FROM ${q('inbox')} FORCE INDEX (waiting) WHERE \`partition\` IN (${partitions}) AND ${beyond('arrival')}) AS x`;
}
