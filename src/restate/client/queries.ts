/** Queries of entities and of orchestration instances, through the admin API of Restate. They read what Restate stores, key by key. */
import type { EntityFilter, EntitySnapshot, PageRequest, RunFilter, RunSnapshot } from '../../hub/snapshots.js';
import type { EntityLoad } from '../../hub/task-hub.js';
import { entityKey, isExpired, readEntity } from '../entities/stored-entity.js';
import { runKey, type StoredRun } from '../orchestrations/stored-run.js';
import type { SectionMessage } from '../wire/messages.js';
import { entityParts, keyOf, textOfKey, type ServiceNames } from '../wire/service-names.js';
import { literal, type Admin } from './admin.js';
import { inputOf } from './journal.js';
import { runSnapshot } from './run-requests.js';

interface StateRow {
  readonly service_name: string;
  readonly service_key: string;
  readonly key: string;
  readonly value_utf8: string;
}

interface SectionRow {
  readonly id: string;
  readonly target_service_name: string;
  readonly target_service_key: string;
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
    const entities = await this.allEntities('queryEntities', filter);
    const found = pageOf(
      entities.toSorted((a, b) => byBytes(a.id, b.id)),
      page,
    );
    const sections = await this.sections('queryEntities', this.servicesOf(filter, 'target_service_name'));
    return Promise.all(
      found.map(async (entity) => {
        const section = sections.get(entity.id);
        const lockedBy = section === undefined ? undefined : await this.ownerOf('queryEntities', section);
        return { ...entity, lockedBy, state: withState ? entity.state : undefined };
      }),
    );
  }

  async countEntities(filter: EntityFilter): Promise<number> {
    return (await this.allEntities('countEntities', filter)).length;
  }

  /** The condition of a query that selects the services of entities. */
  private servicesOf({ name }: EntityFilter, column = 'service_name'): string {
    return name === undefined ? this.names.entityServices(column) : `${column} = ${literal(this.names.entity(name))}`;
  }

  private async allEntities(member: string, filter: EntityFilter): Promise<EntitySnapshot[]> {
    const { keyPrefix = '', ...changed } = filter;
    const rows = await this.admin.query<StateRow>(
      member,
      `SELECT service_name, service_key, key, value_utf8 FROM state WHERE ${this.servicesOf(filter)} AND key = ${literal(entityKey)}`,
    );
    const nowMs = this.nowMs();
    const entities: EntitySnapshot[] = [];
    for (const row of rows) {
      const entity = this.names.announced(row.service_name)?.slice('entity:'.length);
      const key = textOfKey(row.service_key);
      if (entity === undefined || !key.startsWith(keyPrefix)) continue;
      const id = `@${entity}@${key}`;
      const stored = readEntity(row.value_utf8);
      if (stored === undefined || isExpired(stored, nowMs) || !isWithin(stored.atMs, changed)) continue;
      const { state, atMs } = stored;
      entities.push({ id, name: entity, key, state, lockedBy: undefined, expired: false, updatedAtMs: atMs });
    }
    return entities;
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

  /** The instance that holds the lock of an entity. `undefined` if the entity is not locked. */
  async lockedBy(entityId: string): Promise<string | undefined> {
    const { name, key } = entityParts(entityId);
    const of = `target_service_name = ${literal(this.names.entity(name))} AND target_service_key = ${literal(keyOf(key))}`;
    const section = (await this.sections('entityStatus', of)).get(entityId);
    return section === undefined ? undefined : this.ownerOf('entityStatus', section);
  }

  /** The invocations that hold locks, by the ids of their entities. The others of their kind wait for their turn. */
  private async sections(member: string, of: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.admin.query<SectionRow>(
      member,
      `SELECT id, target_service_name, target_service_key FROM sys_invocation WHERE ${of} AND target_handler_name = 'section' AND status NOT IN ('pending', 'scheduled', 'completed')`,
    );
    return new Map(
      rows.map(({ id, target_service_name: service, target_service_key: key }) => {
        const entity = this.names.announced(service)?.slice('entity:'.length);
        return [`@${entity}@${textOfKey(key)}`, id];
      }),
    );
  }

  /** `undefined` if the section has ended meanwhile. */
  private async ownerOf(member: string, section: string): Promise<string | undefined> {
    return ((await inputOf(this.admin, member, section)) as SectionMessage | undefined)?.owner;
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
