/** Queries of entities and of orchestration instances, through the admin API of Restate. They read what Restate stores, key by key. */
import type { EntityFilter, EntitySnapshot, PageRequest, RunFilter, RunSnapshot } from '../../hub/snapshots.js';
import type { EntityLoad } from '../../hub/task-hub.js';
import { lockKey } from '../entities/section.js';
import { entityKey, isExpired, readEntity } from '../entities/stored-entity.js';
import { runKey, type StoredRun } from '../orchestrations/stored-run.js';
import type { EntityLock } from '../wire/messages.js';
import { entityParts, keyOf, textOfKey, type ServiceNames } from '../wire/service-names.js';
import { literal, type Admin } from './admin.js';
import { runSnapshot } from './run-requests.js';

interface StateRow {
  readonly service_name: string;
  readonly service_key: string;
  readonly key: string;
  readonly value_utf8: string;
}

/** Compares ids as the other engines do: by the bytes of UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export class Queries {
  constructor(
    private readonly admin: Admin,
    private readonly names: ServiceNames,
    private readonly nowMs: () => number,
  ) {}

  async entities(filter: EntityFilter, page: PageRequest, withState: boolean): Promise<readonly EntitySnapshot[]> {
    const { entities, locks } = await this.allEntities('queryEntities', filter);
    const found = pageOf(
      entities.toSorted((a, b) => byBytes(a.id, b.id)),
      page,
    );
    return Promise.all(
      found.map(async (entity) => {
        const lock = locks.get(entity.id);
        const lockedBy = lock !== undefined && (await this.isHeld(lock)) ? lock.owner : undefined;
        return { ...entity, lockedBy, state: withState ? entity.state : undefined };
      }),
    );
  }

  async countEntities(filter: EntityFilter): Promise<number> {
    return (await this.allEntities('countEntities', filter)).entities.length;
  }

  private async allEntities(
    member: string,
    { name, keyPrefix = '', ...changed }: EntityFilter,
  ): Promise<{ readonly entities: EntitySnapshot[]; readonly locks: ReadonlyMap<string, EntityLock> }> {
    const services =
      name === undefined ? this.names.entityServices : `service_name = ${literal(this.names.entity(name))}`;
    const rows = await this.admin.query<StateRow>(
      member,
      `SELECT service_name, service_key, key, value_utf8 FROM state WHERE ${services} AND key IN (${literal(entityKey)}, ${literal(lockKey)})`,
    );
    const nowMs = this.nowMs();
    const entities: EntitySnapshot[] = [];
    const locks = new Map<string, EntityLock>();
    for (const row of rows) {
      const entity = this.names.announced(row.service_name)?.slice('entity:'.length);
      const key = textOfKey(row.service_key);
      if (entity === undefined || !key.startsWith(keyPrefix)) continue;
      const id = `@${entity}@${key}`;
      if (row.key === lockKey) locks.set(id, JSON.parse(row.value_utf8) as EntityLock);
      else {
        const stored = readEntity(row.value_utf8);
        if (stored === undefined || isExpired(stored, nowMs) || !isWithin(stored.atMs, changed)) continue;
        const { state, atMs } = stored;
        entities.push({ id, name: entity, key, state, lockedBy: undefined, expired: false, updatedAtMs: atMs });
      }
    }
    return { entities, locks };
  }

  async runs(filter: RunFilter, page: PageRequest): Promise<readonly RunSnapshot[]> {
    const found = (await this.allRuns('queryRuns', filter)).toSorted((a, b) => byBytes(a.id, b.id));
    return pageOf(found, page);
  }

  async allRuns(member: string, filter: RunFilter): Promise<RunSnapshot[]> {
    const rows = await this.admin.query<StateRow>(
      member,
      `SELECT service_name, service_key, key, value_utf8 FROM state WHERE service_name = ${literal(this.names.runs)} AND key = ${literal(runKey)}`,
    );
    return rows.flatMap(({ service_key: key, value_utf8: text }) => {
      const run = runSnapshot(textOfKey(key), JSON.parse(text) as StoredRun);
      return isSelected(run, filter) ? [run] : [];
    });
  }

  /** Whether a section still holds its lock. An operator who kills a section leaves the lock in the state of its entity. */
  async isHeld({ section }: EntityLock): Promise<boolean> {
    if (!this.admin.isGiven) return true;
    const sql = `SELECT status FROM sys_invocation WHERE id = ${literal(section)}`;
    const rows = await this.admin.query<{ status: string }>('entityStatus', sql);
    return rows.some(({ status }) => status !== 'completed');
  }

  async entityLoad(entityId: string): Promise<EntityLoad> {
    const { name, key } = entityParts(entityId);
    const of = `target_service_name = ${literal(this.names.entity(name))} AND target_service_key = ${literal(keyOf(key))}`;
    const rows = await this.admin.query<{ target_handler_name: string; status: string }>(
      'entityStatus',
      `SELECT target_handler_name, status FROM sys_invocation WHERE ${of} AND status IN ('pending', 'ready')`,
    );
    const waiting = rows.filter(({ target_handler_name: handler }) => handler !== 'read' && handler !== 'look');
    return { backlog: waiting.length, currentOperation: null, registered: null };
  }
}

function pageOf<Item extends { readonly id: string }>(sorted: readonly Item[], { after, limit }: PageRequest): Item[] {
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => byBytes(id, after) > 0);
  return rest.slice(0, limit);
}

function isSelected(run: RunSnapshot, filter: RunFilter): boolean {
  const { name, idPrefix = '', statuses, createdFromMs, createdToMs, endedBeforeMs, parent, tags } = filter;
  const present = new Map(run.tags);
  return (
    run.id.startsWith(idPrefix) &&
    (name === undefined || run.name === name) &&
    (statuses === undefined || statuses.includes(run.status)) &&
    (createdFromMs === undefined || run.createdAtMs >= createdFromMs) &&
    (createdToMs === undefined || run.createdAtMs < createdToMs) &&
    (endedBeforeMs === undefined || (run.endedAtMs !== undefined && run.endedAtMs < endedBeforeMs)) &&
    (parent === undefined || run.parent === parent) &&
    (tags === undefined || tags.every(([tag, text]) => present.get(tag) === text))
  );
}

function isWithin(atMs: number, { updatedFromMs, updatedToMs }: Omit<EntityFilter, 'name' | 'keyPrefix'>): boolean {
  return (updatedFromMs === undefined || atMs >= updatedFromMs) && (updatedToMs === undefined || atMs < updatedToMs);
}
