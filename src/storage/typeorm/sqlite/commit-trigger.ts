/*
 * A batch is one statement: an INSERT into a view whose trigger writes the rows of the batch. So a commit needs one call of a thread, and a
 * refusal in the middle rolls the whole batch back.
 *
 * View and trigger belong to the connection (TEMP), not to the file. So they change with the code, and other programs that change tables in
 * the file never run them, whatever their version of SQLite.
 *
 * Each kind of row is one JSON text: an array with an array per row. `jsonb_each` expands it in array order. Unlike `json_each`, it makes no
 * text of a row that would be parsed again for each column (half of the time of a commit). A kind without rows is NULL. A step that must
 * change a certain number of rows raises an error if it did not. A step must never filter rows, or only a part of a batch would be applied.
 */

/** The parameters of the statement, in the order in which `commit-parameters.ts` binds them. */
export const batchColumns = [
  'incarnation',
  'seq',
  'now_ms',
  'lease_ms',
  'hub_time',
  'active_ms',
  'consumed',
  'consumed_count',
  'adopted',
  'adopted_count',
  'created',
  'created_count',
  'updated',
  'updated_count',
  'deleted',
  'deleted_count',
  'history_deleted',
  'history',
  'inbox',
  'tags',
  'tagged',
  'named',
  'names_removed',
  'receipts',
  'attempted',
  'attempted_count',
  'dead_letters',
  'dead_letters_deleted',
  'healthy',
  'gives',
  'gives_count',
  'receipts_deleted',
  'receipts_expired',
  'receipts_expire_before',
  'workers_ended',
  'workers_deleted',
  'leave',
] as const;

export function commitSql(prefix: string): string {
  return `INSERT INTO ${prefix}batch_commit VALUES (${batchColumns.map(() => '?').join(', ')})`;
}

/** The statements that prepare a connection for commits. Run them once on each writing connection. */
export function prepareCommits(prefix: string): readonly string[] {
  return [createCommitView(prefix), createCommitTrigger(prefix)];
}

function createCommitView(prefix: string): string {
  const columns = batchColumns.join(', ');
  return `CREATE TEMP VIEW ${prefix}batch_commit (${columns}) AS SELECT ${batchColumns.map(() => 'NULL').join(', ')}`;
}

function createCommitTrigger(p: string): string {
  const steps = [fence, waitingRows, instances, messages, members].map((step) => step(p));
  return `CREATE TEMP TRIGGER ${p}batch_commit_apply INSTEAD OF INSERT ON ${p}batch_commit BEGIN\n${steps.join('\n\n')}\nEND`;
}

/** The worker's row moves by one, or nothing happens. A client writes only its inbox rows. */
function fence(p: string): string {
  return `  -- The fence comes first: after it, nothing of this worker's partitions can change but by this statement.
  UPDATE ${p}worker SET seq = NEW.seq, expires_at = NEW.now_ms + NEW.lease_ms,
      hub_time = max(hub_time, coalesce(NEW.hub_time, 0)), active_ms = max(active_ms, coalesce(NEW.active_ms, 0))
    WHERE incarnation = NEW.incarnation AND seq = NEW.seq - 1 AND alive = 1;
  SELECT RAISE(ABORT, 'de:fence') WHERE changes() <> 1;

  SELECT RAISE(ABORT, 'de:client') FROM ${p}worker WHERE incarnation = NEW.incarnation AND kind = 'client' AND COALESCE(
    NEW.consumed, NEW.adopted, NEW.created, NEW.updated, NEW.deleted, NEW.history_deleted, NEW.history, NEW.receipts,
    NEW.attempted, NEW.dead_letters, NEW.dead_letters_deleted, NEW.healthy, NEW.gives, NEW.tagged, NEW.tags, NEW.named, NEW.names_removed,
    NEW.receipts_expired, NEW.workers_ended, NEW.workers_deleted)
    IS NOT NULL;`;
}

/** Inbox rows that were consumed, got their place, or were tried. */
function waitingRows(p: string): string {
  return `  DELETE FROM ${p}inbox WHERE id IN (SELECT value FROM jsonb_each(NEW.consumed));
  SELECT RAISE(ABORT, 'de:consumed') WHERE changes() <> NEW.consumed_count;

  UPDATE ${p}inbox SET arrival = row.value ->> 1 FROM jsonb_each(NEW.adopted) AS row WHERE ${p}inbox.id = row.value ->> 0;
  SELECT RAISE(ABORT, 'de:adopted') WHERE changes() <> NEW.adopted_count;

  UPDATE ${p}inbox SET attempts = row.value ->> 1 FROM jsonb_each(NEW.attempted) AS row WHERE ${p}inbox.id = row.value ->> 0;
  SELECT RAISE(ABORT, 'de:attempted') WHERE changes() <> NEW.attempted_count;`;
}

/** Instances, their tags and their history. */
function instances(p: string): string {
  return `  DELETE FROM ${p}instance WHERE (id, version) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(NEW.deleted));
  SELECT RAISE(ABORT, 'de:instance') WHERE changes() <> NEW.deleted_count;

  -- Kind, key and partition follow from the id: they never change.
  UPDATE ${p}instance SET
      version = row.value ->> 1, name = row.value ->> 2, state = row.value ->> 3, meta = row.value ->> 4,
      status = row.value ->> 5, created_at = row.value ->> 6, updated_at = row.value ->> 7,
      ended_at = row.value ->> 8, ended_active = row.value ->> 9, parent = row.value ->> 10
    FROM jsonb_each(NEW.updated) AS row
    WHERE ${p}instance.id = row.value ->> 0 AND version = (row.value ->> 1) - 1;
  SELECT RAISE(ABORT, 'de:instance') WHERE changes() <> NEW.updated_count;

  INSERT INTO ${p}instance
      (id, kind, name, key, partition, version, state, meta, status, created_at, updated_at, ended_at, ended_active,
        parent)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
      value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13
    FROM jsonb_each(NEW.created) WHERE true ON CONFLICT (id) DO NOTHING;
  SELECT RAISE(ABORT, 'de:instance') WHERE changes() <> NEW.created_count;

  DELETE FROM ${p}tag WHERE instance IN (SELECT value FROM jsonb_each(NEW.tagged));
  INSERT INTO ${p}tag (tag, value, instance)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(NEW.tags);

  DELETE FROM ${p}named_signal WHERE entity IN (SELECT value ->> 0 FROM jsonb_each(NEW.deleted));
  DELETE FROM ${p}named_signal
    WHERE (entity, name) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(NEW.names_removed));
  INSERT INTO ${p}named_signal (entity, name, row)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(NEW.named)
    WHERE true ON CONFLICT DO UPDATE SET row = excluded.row;

  DELETE FROM ${p}history WHERE instance IN (SELECT value FROM jsonb_each(NEW.history_deleted));

  INSERT INTO ${p}history (instance, execution, chunk, events)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(NEW.history);`;
}

/** New inbox rows, receipts and dead letters. */
function messages(p: string): string {
  return `  -- AUTOINCREMENT numbers the rows in the order in which they were sent.
  INSERT INTO ${p}inbox (id, partition, target, arrival, due, body)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM jsonb_each(NEW.inbox);

  INSERT INTO ${p}receipt (target, request_id, hash, outcome, at)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(NEW.receipts)
    WHERE true ON CONFLICT DO UPDATE SET hash = excluded.hash, outcome = excluded.outcome, at = excluded.at;

  INSERT INTO ${p}dead_letter (id, target, body, attempts, reason, at, active_at)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
    FROM jsonb_each(NEW.dead_letters);
  DELETE FROM ${p}dead_letter WHERE id IN (SELECT value FROM jsonb_each(NEW.dead_letters_deleted));
  UPDATE ${p}partition SET crashes = 0
    WHERE number IN (SELECT value FROM jsonb_each(NEW.healthy)) AND owner = NEW.incarnation;
  UPDATE ${p}partition SET owner = give.value ->> 1, epoch = epoch + (give.value ->> 1 <> 0)
    FROM jsonb_each(NEW.gives) AS give WHERE number = give.value ->> 0 AND owner = NEW.incarnation;
  SELECT RAISE(ABORT, 'de:give') WHERE changes() <> NEW.gives_count;

  DELETE FROM ${p}receipt
    WHERE (request_id, target) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(NEW.receipts_deleted));
  DELETE FROM ${p}receipt WHERE at < NEW.receipts_expire_before
    AND (request_id, target) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(NEW.receipts_expired));`;
}

/** Workers and clients that ended, and the end of this worker. */
function members(p: string): string {
  return `  -- A row that dies leaves its times to the task hub's row, as in membership.
  UPDATE ${p}task_hub SET
      hub_time = max(hub_time, coalesce((SELECT max(hub_time) FROM ${p}worker WHERE kind = 'worker' AND
        incarnation IN (SELECT value ->> 0 FROM jsonb_each(NEW.workers_ended))), 0)),
      active_ms = max(active_ms, coalesce((SELECT max(active_ms) FROM ${p}worker WHERE kind = 'worker' AND
        incarnation IN (SELECT value ->> 0 FROM jsonb_each(NEW.workers_ended))), 0))
    WHERE NEW.workers_ended IS NOT NULL;
  UPDATE ${p}worker SET alive = 0,
      active_ms = max(active_ms, (SELECT me.active_ms FROM ${p}worker AS me WHERE me.incarnation = NEW.incarnation))
    WHERE alive = 1 AND (kind = 'client' OR expires_at <= NEW.now_ms) AND NOT EXISTS (SELECT 1 FROM ${p}partition WHERE owner = incarnation)
      AND (incarnation, seq) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(NEW.workers_ended));
  DELETE FROM ${p}worker WHERE alive <> 1 AND incarnation IN (SELECT value FROM jsonb_each(NEW.workers_deleted))
    AND NOT EXISTS (SELECT 1 FROM ${p}partition WHERE owner = incarnation);

  -- As \`keepTimes\` of membership: rows of the dead may be deleted.
  UPDATE ${p}task_hub SET hub_time = max(${p}task_hub.hub_time, worker.hub_time),
      active_ms = max(${p}task_hub.active_ms, worker.active_ms)
    FROM ${p}worker AS worker WHERE NEW.leave = 1 AND worker.incarnation = NEW.incarnation AND worker.kind = 'worker';
  UPDATE ${p}partition SET owner = 0 WHERE NEW.leave = 1 AND owner = NEW.incarnation;
  UPDATE ${p}worker SET alive = 0, active_ms = max(active_ms,
      (SELECT hub.active_ms FROM ${p}task_hub AS hub),
      coalesce((SELECT max(other.active_ms) FROM ${p}worker AS other WHERE other.alive = 1 AND other.kind = 'worker'), 0))
    WHERE NEW.leave = 1 AND incarnation = NEW.incarnation;`;
}
