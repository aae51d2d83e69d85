/*
 * A batch is one statement: an INSERT into a view whose trigger writes the rows of the batch. So a commit needs one call of a thread, and a
 * refusal in the middle rolls the whole batch back.
 *
 * Views and triggers belong to the connection (TEMP), not to the file. So they change with the code, and other programs that change tables
 * in the file never run them, whatever their version of SQLite.
 *
 * The batch is one JSON text: an array with one element for each of `batchElements`. A text is the cheapest value to bind: node-sqlite3 needs
 * 3 µs of the event loop for each number or NULL. `jsonb` parses it once. A kind of row is an array with an array per row, and `jsonb_each`
 * expands it in array order. Unlike `json_each`, it makes no text of a row that would be parsed again for each column (half of the time of a
 * commit). A column is a path (`'$[2]'`): `->>` makes a path of each number, again for each value.
 *
 * Each step has a view and a trigger of its own, and the trigger runs only if the batch has something for it. A statement without rows would
 * cost 3 µs, and all of them half of a small commit. A step that must change a certain number of rows raises an error if it did not. A step
 * must never filter rows, or only a part of a batch would be applied.
 */
import { count, each, index, restIndex, restLists, single, type List } from './batch-text.js';

export function commitSql(prefix: string): string {
  return `INSERT INTO ${prefix}batch_commit VALUES (jsonb(?))`;
}

/** One step of a commit. It runs only if one of these lists has elements, or the worker leaves. */
interface Step {
  readonly name: string;
  readonly when: readonly (List | 'leave')[];
  readonly sql: string;
}

/** The script that prepares a connection for commits. Run it once on each writing connection. */
export function prepareCommits(p: string): string {
  const before = [...deletions(p), ...attempts(p), ...otherChanges(p)];
  const usual = [...waitingRows(p), ...changedInstances(p), ...createdInstances(p), ...history(p), ...messages(p)];
  const after = [settled(p), members(p)];
  const run = (steps: readonly Pick<Step, 'name'>[]) =>
    steps.map(({ name }) => `INSERT INTO ${p}batch_${name} VALUES (NEW.batch);`).join('\n');
  const ifRest = `WHEN json_array_length(NEW.batch, '$[${restIndex}]') > 0`;
  const first = { name: 'rest_before' };
  const last = { name: 'rest_after' };
  return [
    ...[...before, ...usual, ...after].map(({ name, when, sql }) => {
      const conditions = when.map((each) => (each === 'leave' ? `${single(each)} = 1` : `${count(each)} > 0`));
      return viewWithTrigger(`${p}batch_${name}`, `WHEN ${conditions.join(' OR ')}`, sql);
    }),
    viewWithTrigger(`${p}batch_${first.name}`, ifRest, run(before)),
    viewWithTrigger(`${p}batch_${last.name}`, ifRest, run(after)),
    viewWithTrigger(`${p}batch_commit`, '', [fence(p), run([first, ...usual, last])].join('\n')),
  ].join('\n');
}

function viewWithTrigger(name: string, when: string, sql: string): string {
  return `CREATE TEMP VIEW ${name} (batch) AS SELECT NULL;
CREATE TEMP TRIGGER ${name}_apply INSTEAD OF INSERT ON ${name} ${when} BEGIN
  ${sql}
END;`;
}

/** Raises an error unless the statement before has changed a row for each element of the list. */
function changed(reason: string, name: List): string {
  return `SELECT RAISE(ABORT, 'de:${reason}') WHERE changes() <> ${count(name)};`;
}

/** The worker's row moves by one, or nothing happens. A client writes only its inbox rows. */
function fence(p: string): string {
  // The condition is within CASE, so that it is evaluated for clients only.
  const clients = [index('inbox'), restIndex].join(', ');
  const isFilled = "type = 'array' AND json_array_length(value) > 0";
  return `  -- The fence comes first: after it, nothing of this worker's partitions can change but by this statement.
  UPDATE ${p}worker SET seq = ${single('seq')}, expires_at = ${single('now_ms')} + ${single('lease_ms')},
      hub_time = max(hub_time, coalesce(${single('hub_time')}, 0)), active_ms = max(active_ms, coalesce(${single('active_ms')}, 0))
    WHERE incarnation = ${single('incarnation')} AND seq = ${single('seq')} - 1 AND alive = 1;
  SELECT RAISE(ABORT, 'de:fence') WHERE changes() <> 1;

  SELECT RAISE(ABORT, 'de:client') FROM ${p}worker
    WHERE incarnation = ${single('incarnation')} AND CASE kind WHEN 'client' THEN EXISTS (
      SELECT 1 FROM jsonb_each(NEW.batch) WHERE key NOT IN (${clients}) AND ${isFilled}
      UNION ALL SELECT 1 FROM jsonb_each(NEW.batch, '$[${restIndex}]') WHERE key <> ${restLists.indexOf('receipts_deleted')} AND ${isFilled}) END;`;
}

/** Inbox rows that were consumed, or got their place. */
function waitingRows(p: string): Step[] {
  return [
    {
      name: 'consumed',
      when: ['consumed'],
      sql: `DELETE FROM ${p}inbox WHERE id IN (SELECT value FROM ${each('consumed')});
  ${changed('consumed', 'consumed')}`,
    },
    {
      name: 'adopted',
      when: ['adopted'],
      sql: `UPDATE ${p}inbox SET arrival = row.value ->> '$[1]' FROM ${each('adopted')} AS row WHERE ${p}inbox.id = row.value ->> '$[0]';
  ${changed('adopted', 'adopted')}`,
    },
  ];
}

/** Inbox rows that were tried. */
function attempts(p: string): Step[] {
  return [
    {
      name: 'attempted',
      when: ['attempted'],
      sql: `UPDATE ${p}inbox SET attempts = row.value ->> '$[1]' FROM ${each('attempted')} AS row WHERE ${p}inbox.id = row.value ->> '$[0]';
  ${changed('attempted', 'attempted')}`,
    },
  ];
}

/** Instances that are deleted, and what belongs to them. Before instances and chunks of the batch are inserted. */
function deletions(p: string): Step[] {
  return [
    {
      name: 'parts',
      when: ['deleted', 'tagged', 'tags', 'names_removed', 'named', 'history_deleted'],
      sql: `DELETE FROM ${p}instance WHERE (id, version) IN (SELECT value ->> '$[0]', value ->> '$[1]' FROM ${each('deleted')});
  ${changed('instance', 'deleted')}

  DELETE FROM ${p}tag WHERE instance IN (SELECT value FROM ${each('tagged')});
  INSERT INTO ${p}tag (tag, value, instance) SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]' FROM ${each('tags')};

  DELETE FROM ${p}named_signal WHERE entity IN (SELECT value ->> '$[0]' FROM ${each('deleted')});
  DELETE FROM ${p}named_signal WHERE (entity, name) IN (SELECT value ->> '$[0]', value ->> '$[1]' FROM ${each('names_removed')});
  INSERT INTO ${p}named_signal (entity, name, row) SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]' FROM ${each('named')}
    WHERE true ON CONFLICT DO UPDATE SET row = excluded.row;

  DELETE FROM ${p}history WHERE instance IN (SELECT value FROM ${each('history_deleted')});
  UPDATE ${p}instance SET first_chunk = NULL
    WHERE id IN (SELECT value FROM ${each('history_deleted')}) AND first_chunk IS NOT NULL;`,
    },
  ];
}

/** The times of the batch. A subquery runs once for all rows. */
const now = `(SELECT ${single('hub_time')})`;
const activeNow = `(SELECT ${single('active_ms')})`;

/**
 * Kind, key and partition follow from the id: they never change. Only columns that can differ travel, because reading a value out of the batch
 * costs more than storing it. The times of the batch, which most rows have in common, are read once. A column that is set costs its indexes a
 * write, although its value stays.
 */
function changedInstances(p: string): Step[] {
  return [
    {
      name: 'states',
      when: ['states'],
      sql: `UPDATE ${p}instance SET version = version + 1, state = row.value ->> '$[2]', meta = NULL, updated_at = ${now}
    FROM ${each('states')} AS row
    WHERE ${p}instance.id = row.value ->> '$[0]' AND version = row.value ->> '$[1]';
  ${changed('instance', 'states')}`,
    },
    {
      name: 'states_with_meta',
      when: ['states_with_meta'],
      sql: `UPDATE ${p}instance SET version = version + 1, state = row.value ->> '$[2]', meta = row.value ->> '$[3]', updated_at = ${now}
    FROM ${each('states_with_meta')} AS row
    WHERE ${p}instance.id = row.value ->> '$[0]' AND version = row.value ->> '$[1]';
  ${changed('instance', 'states_with_meta')}`,
    },
    {
      name: 'runs',
      when: ['runs'],
      sql: `UPDATE ${p}instance SET version = version + 1, state = row.value ->> '$[2]', status = row.value ->> '$[3]', updated_at = ${now},
      ended_at = CASE row.value ->> '$[4]' WHEN 1 THEN ${now} END, ended_active = CASE row.value ->> '$[4]' WHEN 1 THEN ${activeNow} END
    FROM ${each('runs')} AS row
    WHERE ${p}instance.id = row.value ->> '$[0]' AND version = row.value ->> '$[1]';
  ${changed('instance', 'runs')}`,
    },
  ];
}

/** Any other change of instances, with all columns. */
function otherChanges(p: string): Step[] {
  return [
    {
      name: 'changed',
      when: ['changed'],
      sql: `UPDATE ${p}instance SET
      version = version + 1, state = row.value ->> '$[2]', meta = row.value ->> '$[3]', created_at = row.value ->> '$[4]', updated_at = row.value ->> '$[5]',
      name = row.value ->> '$[6]', status = row.value ->> '$[7]', ended_at = row.value ->> '$[8]', ended_active = row.value ->> '$[9]', parent = row.value ->> '$[10]'
    FROM ${each('changed')} AS row
    WHERE ${p}instance.id = row.value ->> '$[0]' AND version = row.value ->> '$[1]';
  ${changed('instance', 'changed')}`,
    },
  ];
}

function createdInstances(p: string): Step[] {
  return [
    {
      name: 'entities_created',
      when: ['entities_created'],
      sql: `INSERT INTO ${p}instance (id, kind, name, key, partition, version, state, created_at, updated_at)
    SELECT value ->> '$[0]', 'entity', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', 1, value ->> '$[4]', ${now}, ${now}
    FROM ${each('entities_created')} WHERE true ON CONFLICT (id) DO NOTHING;
  ${changed('instance', 'entities_created')}`,
    },
    {
      name: 'runs_created',
      when: ['runs_created'],
      sql: `INSERT INTO ${p}instance
      (id, kind, name, key, partition, version, state, status, created_at, updated_at, ended_at, ended_active, first_chunk)
    SELECT value ->> '$[0]', 'orchestration', value ->> '$[1]', '', value ->> '$[2]', 1, value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', ${now}, ${now},
      ${activeNow}, value ->> '$[6]'
    FROM ${each('runs_created')} WHERE true ON CONFLICT (id) DO NOTHING;
  ${changed('instance', 'runs_created')}`,
    },
    {
      name: 'created',
      when: ['created'],
      sql: `INSERT INTO ${p}instance
      (id, kind, name, key, partition, version, state, meta, status, created_at, updated_at, ended_at, ended_active, parent, first_chunk)
    SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]', value ->> '$[7]',
      value ->> '$[8]', value ->> '$[9]', value ->> '$[10]', value ->> '$[11]', value ->> '$[12]', value ->> '$[13]', value ->> '$[14]'
    FROM ${each('created')} WHERE true ON CONFLICT (id) DO NOTHING;
  ${changed('instance', 'created')}`,
    },
  ];
}

function history(p: string): Step[] {
  return [
    {
      name: 'history',
      when: ['history'],
      sql: `INSERT INTO ${p}history (instance, execution, chunk, events)
    SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]' FROM ${each('history')};`,
    },
  ];
}

/** New inbox rows and receipts. */
function messages(p: string): Step[] {
  return [
    {
      name: 'inbox',
      when: ['inbox'],
      // AUTOINCREMENT numbers the rows in the order in which they were sent.
      sql: `INSERT INTO ${p}inbox (id, partition, target, arrival, due, body)
    SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]' FROM ${each('inbox')};`,
    },
    {
      name: 'receipts',
      when: ['receipts'],
      sql: `INSERT INTO ${p}receipt (target, request_id, hash, outcome, at)
    SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]' FROM ${each('receipts')}
    WHERE true ON CONFLICT DO UPDATE SET hash = excluded.hash, outcome = excluded.outcome, at = excluded.at;`,
    },
  ];
}

/** Dead letters, partitions that are healthy or given away, and receipts that are over. */
function settled(p: string): Step {
  return {
    name: 'settled',
    when: ['dead_letters', 'dead_letters_deleted', 'healthy', 'gives', 'receipts_deleted', 'receipts_expired'],
    sql: `INSERT INTO ${p}dead_letter (id, target, body, attempts, reason, at, active_at)
    SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]' FROM ${each('dead_letters')};
  DELETE FROM ${p}dead_letter WHERE id IN (SELECT value FROM ${each('dead_letters_deleted')});
  UPDATE ${p}partition SET crashes = 0
    WHERE number IN (SELECT value FROM ${each('healthy')}) AND owner = ${single('incarnation')};
  UPDATE ${p}partition SET owner = give.value ->> '$[1]', epoch = epoch + (give.value ->> '$[1]' <> 0)
    FROM ${each('gives')} AS give WHERE number = give.value ->> '$[0]' AND owner = ${single('incarnation')};
  ${changed('give', 'gives')}

  DELETE FROM ${p}receipt WHERE (request_id, target) IN (SELECT value ->> '$[0]', value ->> '$[1]' FROM ${each('receipts_deleted')});
  DELETE FROM ${p}receipt WHERE at < ${single('receipts_expire_before')}
    AND (request_id, target) IN (SELECT value ->> '$[0]', value ->> '$[1]' FROM ${each('receipts_expired')});`,
  };
}

/** Workers and clients that ended, and the end of this worker. */
function members(p: string): Step {
  const ended = `SELECT value ->> '$[0]' FROM ${each('workers_ended')}`;
  const me = single('incarnation');
  const leaves = `${single('leave')} = 1`;
  return {
    name: 'members',
    when: ['workers_ended', 'workers_deleted', 'leave'],
    sql: `-- A row that dies leaves its times to the task hub's row, as in membership.
  UPDATE ${p}task_hub SET
      hub_time = max(hub_time, coalesce((SELECT max(hub_time) FROM ${p}worker WHERE kind = 'worker' AND
        incarnation IN (${ended})), 0)),
      active_ms = max(active_ms, coalesce((SELECT max(active_ms) FROM ${p}worker WHERE kind = 'worker' AND
        incarnation IN (${ended})), 0))
    WHERE ${count('workers_ended')} > 0;
  UPDATE ${p}worker SET alive = 0,
      active_ms = max(active_ms, (SELECT me.active_ms FROM ${p}worker AS me WHERE me.incarnation = ${me}))
    WHERE alive = 1 AND (kind = 'client' OR expires_at <= ${single('now_ms')})
      AND NOT EXISTS (SELECT 1 FROM ${p}partition WHERE owner = incarnation)
      AND (incarnation, seq) IN (SELECT value ->> '$[0]', value ->> '$[1]' FROM ${each('workers_ended')});
  DELETE FROM ${p}worker WHERE alive <> 1 AND incarnation IN (SELECT value FROM ${each('workers_deleted')})
    AND NOT EXISTS (SELECT 1 FROM ${p}partition WHERE owner = incarnation);

  -- As \`keepTimes\` of membership: rows of the dead may be deleted.
  UPDATE ${p}task_hub SET hub_time = max(${p}task_hub.hub_time, worker.hub_time),
      active_ms = max(${p}task_hub.active_ms, worker.active_ms)
    FROM ${p}worker AS worker WHERE ${leaves} AND worker.incarnation = ${me} AND worker.kind = 'worker';
  UPDATE ${p}partition SET owner = 0 WHERE ${leaves} AND owner = ${me};
  UPDATE ${p}worker SET alive = 0, active_ms = max(active_ms,
      (SELECT hub.active_ms FROM ${p}task_hub AS hub),
      coalesce((SELECT max(other.active_ms) FROM ${p}worker AS other WHERE other.alive = 1 AND other.kind = 'worker'), 0))
    WHERE ${leaves} AND incarnation = ${me};`,
  };
}
