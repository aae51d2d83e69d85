/*
 * The procedures in which members join, end and take partitions. Each is one transaction in one round trip: a process that stands still never
 * holds a lock. Rows of workers are locked before partitions, and these before the row of the task hub, as in the commit procedure.
 */
import { newestActive } from './commit-rest.js';
import { joined, jsonRows } from './json-rows.js';
import type { Names } from './names.js';
import { makeProcedure, raise } from './procedure.js';

const text = 'LONGTEXT CHARACTER SET utf8mb4';
const token = 'VARCHAR(64) CHARACTER SET utf8mb4';

export const joinProcedure = 'join_v1';
export const endProcedure = 'end_v1';
export const acquireProcedure = 'acquire_v1';

/** The parameters of the procedures, in the order in which `membership.ts` binds them. */
export const membershipParameters = {
  [joinProcedure]: {
    in_name: text,
    in_kind: 'VARCHAR(32) CHARACTER SET utf8mb4',
    in_now: 'BIGINT',
    in_lease: 'BIGINT',
    in_token: token,
    in_names: text,
    in_version: text,
    in_holds: 'INT',
    in_before: text,
    in_union: text,
  },
  [endProcedure]: {
    in_incarnation: 'BIGINT',
    in_alive: 'INT',
    in_seq: 'BIGINT',
    in_waits: 'INT',
    in_frees: 'INT',
    in_attempts: text,
  },
  [acquireProcedure]: {
    in_incarnation: 'BIGINT',
    in_token: token,
    in_dead: text,
    in_taken: text,
    in_wanted: text,
  },
} as const;

export function callOf({ qualified: q }: Names, name: keyof typeof membershipParameters): string {
  const placeholders = Object.keys(membershipParameters[name]).map((_, index) => `$${index + 1}`);
  return `CALL ${q(name)}(${placeholders.join(', ')})`;
}

/** The statements that make the procedures, by name. */
export function membershipProcedures(names: Names): Readonly<Record<string, string>> {
  return {
    [joinProcedure]: createJoin(names),
    [endProcedure]: createEnd(names),
    [acquireProcedure]: createAcquire(names),
  };
}

/**
 * Adds a living row. `in_union` are the known names with those of the member, if any of them is new. It replaces the known names only if they
 * still are `in_before`: members that start together do not lose each other's names.
 */
function createJoin(names: Names): string {
  const { qualified: q } = names;
  return makeProcedure(names, joinProcedure, membershipParameters[joinProcedure], {
    variables: { v_block: 'BIGINT', v_incarnation: 'BIGINT' },
    body: `
  ROLLBACK;
  START TRANSACTION;
  SELECT next_block INTO v_block FROM ${q('task_hub')} WHERE id = 1 FOR UPDATE;
  IF v_block IS NULL THEN ${raise('hub')} END IF;
  UPDATE ${q('task_hub')} SET next_block = next_block + 1 WHERE id = 1;
  IF in_union IS NOT NULL THEN
    UPDATE ${q('task_hub')} SET names = in_union WHERE id = 1 AND names = in_before;
    IF ROW_COUNT() <> 1 THEN ${raise('names')} END IF;
  END IF;
  INSERT INTO ${q('worker')} (name, kind, seq, alive, expires_at, token, names, version, holds)
    VALUES (in_name, in_kind, 0, 1, v_now + in_lease, in_token, in_names, in_version, in_holds);
  SET v_incarnation = LAST_INSERT_ID();
  COMMIT;
  SELECT v_incarnation AS incarnation, v_block AS block;`,
  });
}

/**
 * Marks a living row as dead, if its `seq` is the given one, and leaves its times to the task hub, because the row may be deleted. With
 * `in_waits` it waits for a commit in progress. Otherwise it waits for nobody, because the commits of this process would wait behind it: a row
 * that is locked belongs to a worker that commits, and the row of the task hub to a member that joins or ends. `in_frees` is 1 if the partitions lose their owner, and get back attempts.
 */
function createEnd(names: Names): string {
  const { qualified: q } = names;
  return makeProcedure(names, endProcedure, membershipParameters[endProcedure], {
    variables: {
      v_kind: 'VARBINARY(32)',
      v_hub_time: 'BIGINT',
      v_active: 'BIGINT',
      v_ended: 'BIGINT',
      v_free: 'BIGINT',
      v_hub_free: 'BIGINT',
    },
    body: `
  ROLLBACK;
  START TRANSACTION;
  IF in_waits = 0 THEN
    SELECT COUNT(*) INTO v_free FROM ${q('worker')}
      WHERE incarnation = in_incarnation AND seq = in_seq AND alive = 1 FOR UPDATE SKIP LOCKED;
    SELECT COUNT(*) INTO v_hub_free FROM ${q('task_hub')} WHERE id = 1 AND v_free = 1 FOR UPDATE SKIP LOCKED;
  END IF;
  ${newestActive(q)}
  IF in_waits = 1 OR v_hub_free = 1 THEN
    UPDATE ${q('worker')} SET alive = in_alive, active_ms = GREATEST(active_ms, COALESCE(v_active, 0))
      WHERE incarnation = in_incarnation AND alive = 1 AND seq = COALESCE(in_seq, seq);
    SET v_ended = ROW_COUNT();
  END IF;
  IF v_ended = 1 THEN
    IF in_frees = 1 THEN
      UPDATE ${q('partition')} SET owner = 0 WHERE owner = in_incarnation;
      UPDATE ${jsonRows('in_attempts', { id: 'number', attempts: 'number' })}
        ${joined(q('inbox'), 'i', 'id')} ON i.id = u.id SET i.attempts = u.attempts;
    END IF;
    SELECT kind, hub_time, active_ms INTO v_kind, v_hub_time, v_active FROM ${q('worker')} WHERE incarnation = in_incarnation;
    UPDATE ${q('task_hub')} SET hub_time = IF(v_kind = 'worker', GREATEST(hub_time, v_hub_time), hub_time),
      active_ms = GREATEST(active_ms, v_active) WHERE id = 1;
  END IF;
  COMMIT;
  SELECT w.seq, w.alive FROM ${q('worker')} AS w WHERE w.incarnation = in_incarnation;`,
  });
}

/**
 * Takes those of the wanted partitions whose owner is in the list of the dead. The condition is read again after a wait for the lock of a row,
 * so a partition that got a living owner meanwhile stays his. Lists are numbers with commas; `in_wanted` is NULL for all partitions.
 */
function createAcquire(names: Names): string {
  const { qualified: q } = names;
  return makeProcedure(names, acquireProcedure, membershipParameters[acquireProcedure], {
    variables: { v_alive: 'BIGINT' },
    body: `
  ROLLBACK;
  START TRANSACTION;
  SELECT COUNT(*) INTO v_alive FROM ${q('worker')}
    WHERE incarnation = in_incarnation AND token = in_token AND alive = 1 FOR UPDATE;
  IF v_alive <> 1 THEN ${raise('fence')} END IF;
  -- Assignments run from left to right: the first one needs the former owner.
  UPDATE ${q('partition')} SET crashes = crashes + (FIND_IN_SET(owner, in_taken) > 0), epoch = epoch + 1, owner = in_incarnation
    WHERE FIND_IN_SET(owner, in_dead) AND (in_wanted IS NULL OR FIND_IN_SET(number, in_wanted)) ORDER BY number;
  COMMIT;
  SELECT number AS \`partition\`, epoch, crashes FROM ${q('partition')} WHERE owner = in_incarnation ORDER BY number;`,
  });
}
