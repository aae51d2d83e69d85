/** The parts of the commit procedure for kinds that most batches do not have. Each is a field of the JSON text `in_rest`. */
import { joined, jsonRows, jsonValues } from './json-rows.js';
import { expectRows } from './procedure.js';

type Qualify = (name: string) => string;

/** The elements of a dead letter. */
export const deadLetterColumns = {
  id: 'number',
  target: 'id',
  attempts: 'number',
  at: 'number',
  active_at: 'number',
  reason: 'text',
  body: 'text',
} as const;

function has(kind: string, statements: string): string {
  return `IF JSON_CONTAINS_PATH(in_rest, 'one', '$.${kind}') THEN
      ${statements}
    END IF;`;
}

function count(kind: string): string {
  return `JSON_LENGTH(in_rest, '$.${kind}')`;
}

export function restOfBatch(q: Qualify): string {
  return [...messages(q), ...names(q), ...partitions(q), ...members(q)].join('\n    ');
}

function messages(q: Qualify): string[] {
  const key = { request_id: 'id', target: 'id' } as const;
  const receipt = (kind: string) =>
    `DELETE r FROM ${jsonRows('in_rest', key, `$.${kind}`)}
        ${joined(q('receipt'), 'r')} ON r.request_id = u.request_id AND r.target = u.target`;
  const letter = Object.keys(deadLetterColumns);
  return [
    has(
      'attempted',
      `UPDATE ${jsonRows('in_rest', { id: 'number', attempts: 'number' }, '$.attempted')}
        ${joined(q('inbox'), 'i', 'id')} ON i.id = u.id SET i.attempts = u.attempts;
      ${expectRows(count('attempted'), 'attempted')}`,
    ),
    has(
      'deadLetters',
      `INSERT INTO ${q('dead_letter')} (${letter.join(', ')})
        SELECT ${letter.map((name) => `u.${name}`).join(', ')} FROM ${jsonRows('in_rest', deadLetterColumns, '$.deadLetters')};`,
    ),
    has(
      'deadLettersDeleted',
      `DELETE d FROM ${jsonValues('in_rest', 'number', '$.deadLettersDeleted')} ${joined(q('dead_letter'), 'd')} ON d.id = u.value;`,
    ),
    has('receiptsDeleted', `${receipt('receiptsDeleted')};`),
    has(
      'receiptsExpired',
      `${receipt('receiptsExpired')}
        WHERE r.at < CAST(JSON_UNQUOTE(JSON_EXTRACT(in_rest, '$.expireBeforeMs')) AS SIGNED);`,
    ),
  ];
}

/** Tags of orchestrations, and names of scheduled signals. */
function names(q: Qualify): string[] {
  const tag = { tag: 'name', value: 'name', instance: 'id' } as const;
  return [
    has(
      'tagged',
      `DELETE t FROM ${jsonValues('in_rest', 'id', '$.tagged')} ${joined(q('tag'), 't', 'instance')} ON t.instance = u.value;`,
    ),
    has(
      'tags',
      `INSERT INTO ${q('tag')} (tag, value, instance) SELECT u.tag, u.value, u.instance FROM ${jsonRows('in_rest', tag, '$.tags')};`,
    ),
    has(
      'namesRemoved',
      `DELETE s FROM ${jsonRows('in_rest', { entity: 'id', name: 'name' }, '$.namesRemoved')}
        ${joined(q('named_signal'), 's')} ON s.entity = u.entity AND s.name = u.name;`,
    ),
    has(
      'named',
      `INSERT INTO ${q('named_signal')} (entity, name, \`row\`) SELECT u.entity, u.name, u.\`row\`
        FROM ${jsonRows('in_rest', { entity: 'id', name: 'name', row: 'number' }, '$.named')}
        ON DUPLICATE KEY UPDATE \`row\` = u.\`row\`;`,
    ),
  ];
}

function partitions(q: Qualify): string[] {
  return [
    has(
      'healthy',
      `UPDATE ${jsonValues('in_rest', 'number', '$.healthy')} ${joined(q('partition'), 'p')} ON p.number = u.value
        SET p.crashes = 0 WHERE p.owner = in_incarnation;`,
    ),
    has(
      'gives',
      `UPDATE ${jsonRows('in_rest', { number: 'number', next: 'number' }, '$.gives')}
        ${joined(q('partition'), 'p')} ON p.number = u.number
        SET p.owner = u.next, p.epoch = p.epoch + (u.next <> 0) WHERE p.owner = in_incarnation;
      ${expectRows(count('gives'), 'give')}`,
    ),
  ];
}

/** Members that ended, and the end of this worker. Rows of workers are always locked before the row of the task hub. */
function members(q: Qualify): string[] {
  const ended = { incarnation: 'number', seq: 'number' } as const;
  const keep = `UPDATE ${q('task_hub')} SET hub_time = GREATEST(hub_time, COALESCE(v_hub_time, 0)),
          active_ms = GREATEST(active_ms, COALESCE(v_active, 0)) WHERE id = 1;`;
  const ownsNothing = `NOT EXISTS (SELECT 1 FROM ${q('partition')} AS p WHERE p.owner = w.incarnation)`;
  return [
    has(
      'workersEnded',
      `-- A row that dies leaves its times to the row of the task hub, because it may be deleted.
      SELECT active_ms INTO v_active FROM ${q('worker')} WHERE incarnation = in_incarnation;
      UPDATE ${jsonRows('in_rest', ended, '$.workersEnded')}
        ${joined(q('worker'), 'w')} ON w.incarnation = u.incarnation AND w.seq = u.seq
        SET w.alive = 0, w.active_ms = GREATEST(w.active_ms, v_active)
        WHERE w.alive = 1 AND (w.kind = 'client' OR w.expires_at <= v_now) AND ${ownsNothing};
      SELECT MAX(w.hub_time), MAX(w.active_ms) INTO v_hub_time, v_active
        FROM ${jsonRows('in_rest', ended, '$.workersEnded')}
        ${joined(q('worker'), 'w')} ON w.incarnation = u.incarnation WHERE w.alive <> 1 AND w.kind = 'worker';
      ${keep}`,
    ),
    has(
      'workersDeleted',
      `DELETE w FROM ${jsonValues('in_rest', 'number', '$.workersDeleted')}
        ${joined(q('worker'), 'w')} ON w.incarnation = u.value WHERE w.alive <> 1 AND ${ownsNothing};`,
    ),
    has(
      'leave',
      `UPDATE ${q('partition')} SET owner = 0 WHERE owner = in_incarnation;
      SELECT hub_time, active_ms INTO v_hub_time, v_active FROM ${q('worker')} WHERE incarnation = in_incarnation;
      IF v_kind = 'worker' THEN ${keep} END IF;
      ${newestActive(q)}
      UPDATE ${q('worker')} SET alive = 0, active_ms = GREATEST(active_ms, v_active) WHERE incarnation = in_incarnation;`,
    ),
  ];
}

/** Reads the newest active time of all that live and have ended into `v_active`: the time when a row dies. */
export function newestActive(q: Qualify): string {
  return `SELECT GREATEST(active_ms, COALESCE((SELECT MAX(other.active_ms) FROM ${q('worker')} AS other
          WHERE other.kind = 'worker' AND other.alive = 1), 0)) INTO v_active FROM ${q('task_hub')} WHERE id = 1;`;
}
