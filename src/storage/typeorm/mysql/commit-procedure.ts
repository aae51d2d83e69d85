/*
 * A batch is one call of a procedure, in one transaction of its own. So a commit needs one round trip, and a refusal in the middle rolls the
 * whole batch back.
 *
 * Each kind of row arrives as one JSON text, an array of arrays, which the server expands. A kind without rows is NULL, and its part is
 * skipped. A part must never filter rows, or only a part of a batch would be applied. Rows are joined from the JSON side (STRAIGHT_JOIN), so
 * that the others are found by their keys.
 *
 * A batch that is larger than a packet of the server arrives in several calls. Only the first one has the fence, and only the last one the
 * COMMIT. A server that ends a procedure (KILL, a time limit) runs no handler: the first statement ends what such a call may have left open.
 *
 * The name has a version, so that workers of two versions can work side by side. A released procedure is never changed: another body gets
 * another version and a migration that adds it. Parameters begin with `in_` and variables with `v_`: a variable would hide a column of the
 * same name.
 */
import { restOfBatch } from './commit-rest.js';
import { joined, jsonRows, jsonValues, type JsonColumns } from './json-rows.js';
import type { Names } from './names.js';
import { expectRows, makeProcedure, raise } from './procedure.js';

export const commitProcedure = 'commit_v1';

const json = 'LONGTEXT CHARACTER SET utf8mb4';

/** The parameters of the procedure, in the order in which `commit-parameters.ts` binds them. */
export const commitParameterTypes = {
  in_incarnation: 'BIGINT',
  in_token: 'VARCHAR(64) CHARACTER SET utf8mb4',
  in_seq: 'BIGINT',
  in_lease: 'BIGINT',
  in_now: 'BIGINT',
  in_hub_time: 'BIGINT',
  in_active: 'BIGINT',
  in_first: 'INT',
  in_last: 'INT',
  in_consumed: json,
  in_consumed_count: 'INT',
  in_adopted: json,
  in_adopted_count: 'INT',
  in_created: json,
  in_created_count: 'INT',
  in_updated: json,
  in_updated_count: 'INT',
  in_inbox: json,
  in_history: json,
  in_receipts: json,
  in_rest: json,
} as const;

/** The elements of a row of each kind. Long texts come last: the server reads the elements before a value to find it. */
const updatedColumns = {
  id: 'id',
  kind: 'name',
  name: 'name',
  key: 'name',
  partition: 'number',
  version: 'number',
  status: 'name',
  created_at: 'number',
  updated_at: 'number',
  ended_at: 'number',
  ended_active: 'number',
  parent: 'id',
  meta: 'text',
  state: 'text',
} as const satisfies JsonColumns;

const createdColumns = { ...updatedColumns, first_chunk: 'text' } as const satisfies JsonColumns;

export const inboxColumns = {
  id: 'number',
  partition: 'number',
  target: 'id',
  arrival: 'number',
  due: 'number',
  body: 'text',
} as const satisfies JsonColumns;

const historyColumns = {
  instance: 'id',
  execution: 'name',
  chunk: 'number',
  events: 'text',
} as const satisfies JsonColumns;

const receiptColumns = {
  request_id: 'id',
  target: 'id',
  hash: 'name',
  at: 'number',
  outcome: 'text',
} as const satisfies JsonColumns;

/** The statement of a commit. Resolves to the time of the database. */
export function commitSql({ qualified: q }: Names): string {
  return `CALL ${q(commitProcedure)}(${Object.keys(commitParameterTypes)
    .map((_, index) => `$${index + 1}`)
    .join(', ')})`;
}

export function createCommitProcedure(names: Names): string {
  const { qualified: q } = names;
  return makeProcedure(names, commitProcedure, commitParameterTypes, {
    variables: {
      v_kind: 'VARBINARY(32)',
      v_hub_time: 'BIGINT',
      v_active: 'BIGINT',
    },
    body: `
  IF in_first = 1 THEN
    ROLLBACK;
    START TRANSACTION;
    ${fence(q)}
  END IF;
  ${fenced(q)}
  ${[waitingRows, instances, messages].map((part) => part(q)).join('\n  ')}
  IF in_rest IS NOT NULL THEN
    ${restOfBatch(q)}
  END IF;
  IF in_last = 1 THEN
    COMMIT;
  END IF;
  SELECT v_now AS nowMs;`,
  });
}

type Qualify = (name: string) => string;

/** The names of columns, as a list. */
function listOf(columns: JsonColumns, table = ''): string {
  return Object.keys(columns)
    .map((name) => `${table}\`${name}\``)
    .join(', ');
}

/** Runs a part only if its parameter has rows. */
function given(parameter: string, statements: string): string {
  return `IF ${parameter} IS NOT NULL THEN
    ${statements}
  END IF;`;
}

/** The worker's row moves by one, or nothing happens. */
function fence(q: Qualify): string {
  return `-- The fence comes first. It waits for a takeover under way, and then finds that the row is dead.
    UPDATE ${q('worker')} SET seq = in_seq, expires_at = v_now + in_lease,
        hub_time = GREATEST(hub_time, COALESCE(in_hub_time, hub_time)),
        active_ms = GREATEST(active_ms, COALESCE(in_active, active_ms))
      WHERE incarnation = in_incarnation AND token = in_token AND seq = in_seq - 1 AND alive = 1;
    ${expectRows('1', 'fence')}`;
}

/** In each call the row of the worker must be as the fence left it: a call on another connection would have no transaction. */
function fenced(q: Qualify): string {
  const forbidden = ['consumed', 'adopted', 'created', 'updated', 'history', 'receipts'];
  const isForbidden = forbidden.map((kind) => `in_${kind} IS NOT NULL`).join(' OR ');
  const has = (kind: string) => `JSON_CONTAINS_PATH(in_rest, 'one', '$.${kind}')`;
  return `SELECT kind INTO v_kind FROM ${q('worker')} WHERE incarnation = in_incarnation AND seq = in_seq AND alive = 1;
  IF v_kind IS NULL THEN ${raise('fence')} END IF;
  -- A client writes only its inbox rows.
  IF v_kind = 'client' AND (${isForbidden}
      OR (in_rest IS NOT NULL AND JSON_LENGTH(in_rest) <> ${has('receiptsDeleted')} + ${has('leave')})) THEN
    ${raise('client')}
  END IF;`;
}

/** Inbox rows that were consumed or got their place. */
function waitingRows(q: Qualify): string {
  return [
    given(
      'in_consumed',
      `DELETE i FROM ${jsonValues('in_consumed', 'number')} ${joined(q('inbox'), 'i', 'id')} ON i.id = u.value;
    ${expectRows('in_consumed_count', 'consumed')}`,
    ),
    given(
      'in_adopted',
      `UPDATE ${jsonRows('in_adopted', { id: 'number', arrival: 'number' })} ${joined(q('inbox'), 'i', 'id')} ON i.id = u.id
      SET i.arrival = u.arrival;
    ${expectRows('in_adopted_count', 'adopted')}`,
    ),
  ].join('\n  ');
}

/** Written instances. `rest` holds what is deleted, because that is rare. */
function instances(q: Qualify): string {
  const changing = Object.keys(updatedColumns).filter((name) => !['id', 'kind', 'key', 'partition'].includes(name));
  return [
    `IF JSON_CONTAINS_PATH(in_rest, 'one', '$.deleted') THEN
    DELETE i FROM ${jsonRows('in_rest', { id: 'id', version: 'number' }, '$.deleted')}
      ${joined(q('instance'), 'i')} ON i.id = u.id AND i.version = u.version;
    ${expectRows("JSON_LENGTH(in_rest, '$.deleted')", 'instance')}
    DELETE s FROM ${jsonRows('in_rest', { id: 'id' }, '$.deleted')} ${joined(q('named_signal'), 's')} ON s.entity = u.id;
  END IF;`,
    given(
      'in_updated',
      `-- Kind, key and partition follow from the id: they never change.
    UPDATE ${jsonRows('in_updated', updatedColumns)}
      ${joined(q('instance'), 'i')} ON i.id = u.id AND i.version = u.version - 1
      SET ${changing.map((name) => `i.${name} = u.${name}`).join(', ')};
    ${expectRows('in_updated_count', 'instance')}`,
    ),
    // Before new rows are inserted, which may have the chunk of a later execution.
    `IF JSON_CONTAINS_PATH(in_rest, 'one', '$.historyDeleted') THEN
    DELETE h FROM ${jsonValues('in_rest', 'id', '$.historyDeleted')} ${joined(q('history'), 'h')} ON h.instance = u.value;
    UPDATE ${jsonValues('in_rest', 'id', '$.historyDeleted')} ${joined(q('instance'), 'i')} ON i.id = u.value
      SET i.first_chunk = NULL WHERE i.first_chunk IS NOT NULL;
  END IF;`,
    given(
      'in_created',
      `BEGIN
      DECLARE EXIT HANDLER FOR 1062 ${raise('instance')}
      INSERT INTO ${q('instance')} (${listOf(createdColumns)})
        SELECT ${listOf(createdColumns, 'u.')} FROM ${jsonRows('in_created', createdColumns)};
      ${expectRows('in_created_count', 'instance')}
    END;`,
    ),
    given(
      'in_history',
      `INSERT INTO ${q('history')} (${listOf(historyColumns)})
      SELECT ${listOf(historyColumns, 'u.')} FROM ${jsonRows('in_history', historyColumns)};`,
    ),
  ].join('\n  ');
}

/** New inbox rows, numbered in the order in which they were sent, and receipts. */
function messages(q: Qualify): string {
  return [
    given(
      'in_inbox',
      `INSERT INTO ${q('inbox')} (${listOf(inboxColumns)})
      SELECT ${listOf(inboxColumns, 'u.')}
        FROM ${jsonRows('in_inbox', inboxColumns, '$', 'place FOR ORDINALITY, ')} ORDER BY u.place;`,
    ),
    given(
      'in_receipts',
      `INSERT INTO ${q('receipt')} (${listOf(receiptColumns)})
      SELECT ${listOf(receiptColumns, 'u.')} FROM ${jsonRows('in_receipts', receiptColumns)}
      ON DUPLICATE KEY UPDATE hash = u.hash, outcome = u.outcome, at = u.at;`,
    ),
  ].join('\n  ');
}
