/*
 * A batch is one call of a function. So a commit needs one round trip, and a refusal in the middle rolls the whole batch back.
 *
 * The statements of a function run one after the other, unlike the parts of one large statement. So the fence comes first, and each part
 * raises what is missing. Numbers arrive as arrays, and rows as one JSON text for each kind, which the server expands. A kind without rows
 * is NULL, and its part is skipped. A part must never filter rows, or only a part of a batch would be applied.
 *
 * The name has a version, so that workers of two versions can work side by side. A released function is never changed: another body gets
 * another version and a migration that adds it. Parameters begin with `in_` and variables with `v_`: no column has such a name.
 */
import type { Names } from './names.js';

export const commitFunction = 'commit_v1';

/** The parameters of the function, in the order in which `commit-parameters.ts` binds them. */
export const commitParameterTypes = {
  in_incarnation: 'bigint',
  in_token: 'text',
  in_seq: 'bigint',
  in_lease: 'bigint',
  in_now: 'bigint',
  in_hub_time: 'bigint',
  in_active: 'bigint',
  in_consumed: 'bigint[]',
  in_adopted: 'bigint[]',
  in_arrivals: 'bigint[]',
  in_created: 'json',
  in_created_count: 'integer',
  in_updated: 'json',
  in_updated_count: 'integer',
  in_inbox: 'json',
  in_history: 'json',
  in_receipts: 'json',
  in_rest: 'jsonb',
} as const;

const parameters = Object.entries(commitParameterTypes);

/** The statement of a commit. Resolves to the time of the database. */
export function commitSql({ qualified: q }: Names): string {
  const values = parameters.map(([, type], index) => `$${index + 1}::${type}`);
  return `SELECT ${q(commitFunction)}(${values.join(', ')}) AS "nowMs"`;
}

/** The type of the function, for `to_regprocedure` and for grants. */
export function commitSignature({ qualified: q }: Names): string {
  return `${q(commitFunction)}(${parameters.map(([, type]) => type).join(', ')})`;
}

/** The time of the database in ms since 1970, unless a test gives another one. */
export function nowSql(given: string): string {
  return `coalesce(${given}, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;
}

/**
 * The plan of a statement must not depend on statistics: right after the tables are made they say that every table is empty, and a scan
 * would stay in the plan while the table grows. So the function reads through indexes only.
 */
const settings = [
  'search_path = pg_catalog, pg_temp',
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
];

export function createCommitFunction(names: Names): string {
  const { qualified: q } = names;
  const declared = parameters.map(([name, type]) => `${name} ${type}`).join(', ');
  const parts = [fence, waitingRows, instances, messages, rest];
  return `CREATE FUNCTION ${q(commitFunction)}(${declared}) RETURNS bigint LANGUAGE plpgsql
${settings.map((setting) => `SET ${setting}`).join('\n')}
AS $commit$
DECLARE
  v_rows bigint;
  v_kind text;
  v_now bigint := ${nowSql('in_now')};
BEGIN
  -- An acknowledged commit is on the disk, whatever the settings of the user say. Also behind a pooler, where a session is not ours.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
${parts.map((part) => part(q)).join('\n')}
  RETURN v_now;
END
$commit$`;
}

type Qualify = (name: string) => string;

/** Raises the reason unless the last statement changed as many rows as it should. */
function expectRows(count: string, reason: string): string {
  return `GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> ${count} THEN RAISE EXCEPTION 'de:${reason}' USING ERRCODE = 'DE002'; END IF;`;
}

/** Runs a part only if its parameter has rows. */
function given(parameter: string, statements: string): string {
  return `  IF ${parameter} IS NOT NULL THEN
    ${statements.replaceAll('\n', '\n  ')}
  END IF;`;
}

/** The worker's row moves by one, or nothing happens. A client writes only its inbox rows. */
function fence(q: Qualify): string {
  const others = parameters.map(([name]) => name).slice(7);
  const forbidden = others.filter((name) => !['in_inbox', 'in_rest'].includes(name) && !name.endsWith('_count'));
  return `  -- The fence comes first. It waits for a takeover under way, and then finds that the row is dead.
  UPDATE ${q('worker')} SET seq = in_seq, expires_at = v_now + in_lease,
      hub_time = greatest(hub_time, in_hub_time), active_ms = greatest(active_ms, in_active)
    WHERE incarnation = in_incarnation AND token = in_token AND seq = in_seq - 1 AND alive = 1 RETURNING kind INTO v_kind;
  IF NOT FOUND THEN RAISE EXCEPTION 'de:fence' USING ERRCODE = 'DE001'; END IF;
  IF v_kind = 'client' AND (num_nonnulls(${forbidden.join(', ')}) > 0
      OR in_rest - ARRAY['receiptsDeleted', 'leave'] <> '{}') THEN
    RAISE EXCEPTION 'de:client' USING ERRCODE = 'DE002';
  END IF;`;
}

/** Inbox rows that were consumed or got their place. */
function waitingRows(q: Qualify): string {
  return [
    given(
      'in_consumed',
      `DELETE FROM ${q('inbox')} WHERE id = ANY (in_consumed);
  ${expectRows('cardinality(in_consumed)', 'consumed')}`,
    ),
    given(
      'in_adopted',
      `UPDATE ${q('inbox')} AS i SET arrival = u.arrival FROM unnest(in_adopted, in_arrivals) AS u (id, arrival) WHERE i.id = u.id;
  ${expectRows('cardinality(in_adopted)', 'adopted')}`,
    ),
  ].join('\n');
}

/** Written instances. `rest` holds what is deleted, because that is rare. */
function instances(q: Qualify): string {
  const changing = `version bigint, name text, state text, meta text, status text, "createdAtMs" bigint, "updatedAtMs" bigint,
        "endedAtMs" bigint, "endedActiveMs" bigint, parent text`;
  return [
    `  IF in_rest ? 'deleted' THEN
    DELETE FROM ${q('instance')} AS i USING jsonb_to_recordset(in_rest -> 'deleted') AS u (id text, version bigint)
      WHERE i.id = u.id AND i.version = u.version;
    ${expectRows("jsonb_array_length(in_rest -> 'deleted')", 'instance')}
    DELETE FROM ${q('named_signal')}
      WHERE entity = ANY (ARRAY(SELECT u.id FROM jsonb_to_recordset(in_rest -> 'deleted') AS u (id text)));
  END IF;`,
    given(
      'in_updated',
      `-- Kind, key and partition follow from the id: they never change.
  UPDATE ${q('instance')} AS i SET version = u.version, name = u.name, state = u.state, meta = u.meta, status = u.status,
      created_at = u."createdAtMs", updated_at = u."updatedAtMs", ended_at = u."endedAtMs",
      ended_active = u."endedActiveMs", parent = u.parent
    FROM json_to_recordset(in_updated) AS u (id text, ${changing})
    WHERE i.id = u.id AND i.version = u.version - 1;
  ${expectRows('in_updated_count', 'instance')}`,
    ),
    // Before new rows are inserted, which may have the chunk of a later execution.
    `  IF in_rest ? 'historyDeleted' THEN
    DELETE FROM ${q('history')}
      WHERE instance = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'historyDeleted')));
    UPDATE ${q('instance')} SET first_chunk = NULL
      WHERE id = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'historyDeleted'))) AND first_chunk IS NOT NULL;
  END IF;`,
    given(
      'in_created',
      `INSERT INTO ${q('instance')} (id, kind, name, key, partition, version, state, meta, status, created_at, updated_at,
      ended_at, ended_active, parent, first_chunk)
    SELECT u.id, u.kind, u.name, u.key, u.partition, u.version, u.state, u.meta, u.status, u."createdAtMs",
      u."updatedAtMs", u."endedAtMs", u."endedActiveMs", u.parent, u."firstChunk"
    FROM json_to_recordset(in_created) AS u (id text, kind text, key text, partition integer, "firstChunk" text, ${changing})
    ON CONFLICT (id) DO NOTHING;
  ${expectRows('in_created_count', 'instance')}`,
    ),
    given(
      'in_history',
      `INSERT INTO ${q('history')} (instance, execution, chunk, events)
    SELECT u.instance, u.execution, u.chunk, u.events
    FROM json_to_recordset(in_history) AS u (instance text, execution text, chunk integer, events text);`,
    ),
  ].join('\n');
}

/** New inbox rows, numbered in the order in which they were sent, and receipts. */
function messages(q: Qualify): string {
  return [
    given(
      'in_inbox',
      `INSERT INTO ${q('inbox')} (id, partition, target, arrival, due, body)
    SELECT u.id, u.partition, u.target, u.arrival, u."dueMs", u.body
    FROM ROWS FROM (json_to_recordset(in_inbox) AS (id bigint, partition integer, target text, arrival bigint,
      "dueMs" bigint, body text)) WITH ORDINALITY AS u (id, partition, target, arrival, "dueMs", body, place)
    ORDER BY u.place;`,
    ),
    given(
      'in_receipts',
      `INSERT INTO ${q('receipt')} AS r (request_id, target, hash, outcome, at)
    SELECT u."requestId", u.target, u.hash, u.outcome, u."atMs"
    FROM json_to_recordset(in_receipts) AS u (target text, "requestId" text, hash text, outcome text, "atMs" bigint)
    ON CONFLICT (request_id, target) DO UPDATE SET hash = excluded.hash, outcome = excluded.outcome, at = excluded.at;`,
    ),
  ].join('\n');
}

/** The kinds that most batches do not have. */
function rest(q: Qualify): string {
  const has = (kind: string, statements: string) => `    IF in_rest ? '${kind}' THEN
      ${statements}
    END IF;`;
  const records = (kind: string, columns: string) => `jsonb_to_recordset(in_rest -> '${kind}') AS u (${columns})`;
  const parts = [
    has(
      'attempted',
      `UPDATE ${q('inbox')} AS i SET attempts = u.attempts FROM ${records('attempted', 'id bigint, attempts integer')}
        WHERE i.id = u.id;
      ${expectRows("jsonb_array_length(in_rest -> 'attempted')", 'attempted')}`,
    ),
    has(
      'tagged',
      `DELETE FROM ${q('tag')} WHERE instance = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'tagged')));`,
    ),
    has(
      'tags',
      `INSERT INTO ${q('tag')} (tag, value, instance)
        SELECT u.tag, u.value, u.instance FROM ${records('tags', 'tag text, value text, instance text')};`,
    ),
    has(
      'namesRemoved',
      `DELETE FROM ${q('named_signal')} AS s USING ${records('namesRemoved', 'entity text, name text')}
        WHERE s.entity = u.entity AND s.name = u.name;`,
    ),
    has(
      'named',
      `INSERT INTO ${q('named_signal')} (entity, name, "row")
        SELECT u.entity, u.name, u."row" FROM ${records('named', 'entity text, name text, "row" bigint')}
        ON CONFLICT (entity, name) DO UPDATE SET "row" = excluded."row";`,
    ),
    has(
      'deadLetters',
      `INSERT INTO ${q('dead_letter')} (id, target, body, attempts, reason, at, active_at)
        SELECT u.id, u.target, u.body, u.attempts, u.reason, u."atMs", u."activeMs" FROM ${records(
          'deadLetters',
          'id bigint, target text, body text, attempts integer, reason text, "atMs" bigint, "activeMs" bigint',
        )};`,
    ),
    has(
      'deadLettersDeleted',
      `DELETE FROM ${q('dead_letter')} WHERE id = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'deadLettersDeleted')::bigint));`,
    ),
    has(
      'receiptsDeleted',
      `DELETE FROM ${q('receipt')} AS r USING ${records('receiptsDeleted', 'target text, "requestId" text')}
        WHERE r.request_id = u."requestId" AND r.target = u.target;`,
    ),
    has(
      'receiptsExpired',
      `DELETE FROM ${q('receipt')} AS r USING ${records('receiptsExpired', 'target text, "requestId" text')}
        WHERE r.request_id = u."requestId" AND r.target = u.target AND r.at < (in_rest ->> 'expireBeforeMs')::bigint;`,
    ),
  ];
  return `  IF in_rest IS NOT NULL THEN
${[...parts, ...members(q, has, records)].join('\n')}
  END IF;`;
}

type Has = (kind: string, statements: string) => string;

/** Partitions and members: what moves, who ended, and the end of this worker. */
function members(q: Qualify, has: Has, records: Has): string[] {
  const keep = (from: string) => `UPDATE ${q('task_hub')} AS hub SET hub_time = greatest(hub.hub_time, w.hub_time),
          active_ms = greatest(hub.active_ms, w.active_ms)
        FROM (${from}) AS w WHERE hub.id = 1;`;
  return [
    has(
      'healthy',
      `UPDATE ${q('partition')} SET crashes = 0 WHERE owner = in_incarnation AND crashes <> 0
        AND number = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'healthy')::integer));`,
    ),
    has(
      'gives',
      `UPDATE ${q('partition')} AS p SET owner = u.next, epoch = epoch + (u.next <> 0)::integer
        FROM ${records('gives', 'number integer, next bigint')} WHERE p.number = u.number AND p.owner = in_incarnation;
      ${expectRows("jsonb_array_length(in_rest -> 'gives')", 'give')}`,
    ),
    has(
      'workersEnded',
      `-- A row that dies leaves its times to the row of the task hub, because it may be deleted. Rows of workers are always locked first.
      WITH ended AS (UPDATE ${q('worker')} AS w SET alive = 0, active_ms = greatest(w.active_ms,
          (SELECT me.active_ms FROM ${q('worker')} AS me WHERE me.incarnation = in_incarnation))
        FROM ${records('workersEnded', 'incarnation bigint, seq bigint')}
        WHERE w.incarnation = u.incarnation AND w.seq = u.seq AND w.alive = 1
          AND (w.kind = 'client' OR w.expires_at <= v_now)
          AND NOT EXISTS (SELECT 1 FROM ${q('partition')} AS p WHERE p.owner = w.incarnation)
        RETURNING w.kind, w.hub_time, w.active_ms)
      ${keep("SELECT max(hub_time) AS hub_time, max(active_ms) AS active_ms FROM ended WHERE kind = 'worker' HAVING count(*) > 0")}`,
    ),
    has(
      'workersDeleted',
      `DELETE FROM ${q('worker')} AS w WHERE w.alive <> 1
        AND w.incarnation = ANY (ARRAY(SELECT jsonb_array_elements_text(in_rest -> 'workersDeleted')::bigint))
        AND NOT EXISTS (SELECT 1 FROM ${q('partition')} AS p WHERE p.owner = w.incarnation);`,
    ),
    has(
      'leave',
      `UPDATE ${q('partition')} SET owner = 0 WHERE owner = in_incarnation;
      ${keep(`SELECT hub_time, active_ms FROM ${q('worker')} WHERE incarnation = in_incarnation AND kind = 'worker'`)}
      UPDATE ${q('worker')} SET alive = 0, active_ms = greatest(active_ms,
          (SELECT hub.active_ms FROM ${q('task_hub')} AS hub WHERE hub.id = 1),
          (SELECT max(other.active_ms) FROM ${q('worker')} AS other WHERE other.alive = 1 AND other.kind = 'worker'))
        WHERE incarnation = in_incarnation;`,
    ),
  ];
}
