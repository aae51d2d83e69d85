/** Lists of entities and orchestration instances. A list walks an index; one that must scan gives way to the engine. */
import type {
  EntityEntry,
  EntityListFilter,
  ListOptions,
  Page,
  RunEntry,
  RunListFilter,
} from '../../../hub/inspected.js';
import { makeCursor, readCursor } from '../../../inspect/cursors.js';
import type { ScanGate } from '../../../inspect/scan-gate.js';
import { listValueMax } from '../../../inspect/values.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';
import type { InspectedRow, InspectionStore, InstanceFilter } from '../ports/store.js';
import { runRows } from '../snapshots.js';
import { entityEntry, runEntry } from './entries.js';
import { countMax, isInboxShort } from './inbox-length.js';
import type { InspectionPorts } from './ports.js';

/** The number of rows that one read of a scan looks at. */
export const rowsPerSlice = 10_000;
/** A page of a scan ends after this time, even if it is not full. */
const sliceMs = 200;
const defaultLimit = 50;
/** Records beyond this number of characters are not read in lists. */
const recordMax = 65_536;

const open: readonly RuntimeStatus[] = ['pending', 'running', 'suspended'];

interface Walk {
  /** The name of the list, for its cursors. */
  readonly list: string;
  readonly filter: InstanceFilter;
  readonly scans: boolean;
  readonly stateMax: number;
  readonly options: ListOptions;
}

export class Lists {
  constructor(
    private readonly ports: InspectionPorts,
    private readonly gate: ScanGate,
    /** The number of rows of a kind, if it was counted a short time ago. */
    private readonly counted: (kind: InstanceFilter['kind']) => number | undefined,
  ) {}

  private get inspection(): InspectionStore {
    return this.ports.store.inspect();
  }

  async entities(given: EntityListFilter, options: ListOptions): Promise<Page<EntityEntry>> {
    const { name, keyPrefix = '', updatedFromMs, updatedToMs, locked, lockedBy, contains, waiting } = given;
    const valueMax = options.valueMax ?? listValueMax;
    const filter: InstanceFilter = {
      kind: 'entity',
      ...(name === undefined ? { keyPrefix } : { name, idPrefix: `@${name}@${keyPrefix}` }),
      ...(updatedFromMs !== undefined && { updatedFromMs }),
      ...(updatedToMs !== undefined && { updatedToMs }),
      ...(locked !== undefined && { locked }),
      ...(lockedBy !== undefined && { lockedBy }),
      ...(waiting !== undefined && { waiting }),
      ...(contains !== undefined && { contains: needle(contains) }),
    };
    const scans = Object.keys(filter).some((key) => !['kind', 'name', 'idPrefix'].includes(key)) && !isAll(filter);
    const page = await this.walk({ list: 'entities', filter, scans, stateMax: valueMax, options });
    const nowMs = this.ports.hubTimeMs();
    const backlogOf = await this.backlogs(page.items);
    return { ...page, items: page.items.map((row) => entityEntry(row, nowMs, valueMax, backlogOf(row.id))) };
  }

  /** How many messages wait for each of these entities, unless the inbox is long. */
  private async backlogs(rows: readonly InspectedRow[]): Promise<(id: string) => number | undefined> {
    if (rows.length === 0 || !(await isInboxShort(this.inspection))) return () => undefined;
    const counts = await this.inspection.countWaiting(rows);
    const found = new Map(counts.map(({ target, waiting }) => [target, Math.min(countMax, waiting)]));
    return (id) => found.get(id) ?? 0;
  }

  async runs(given: RunListFilter, options: ListOptions): Promise<Page<RunEntry>> {
    const { idleForMs, contains, ...rest } = given;
    const statuses =
      idleForMs === undefined ? rest.statuses : (rest.statuses ?? open).filter((one) => open.includes(one));
    const filter: InstanceFilter = {
      ...runRows({ ...rest, statuses }),
      ...(idleForMs !== undefined && { updatedToMs: this.ports.hubTimeMs() - idleForMs + 1 }),
      ...(contains !== undefined && { contains: needle(contains) }),
    };
    const walked = ['kind', 'idPrefix', 'statuses', 'parent', 'tags'];
    const scans = Object.keys(filter).some((key) => !walked.includes(key)) || (filter.tags?.length ?? 0) > 1;
    const page = await this.walk({ list: 'runs', filter, scans, stateMax: recordMax, options });
    return { ...page, items: page.items.map((row) => runEntry(row, options.valueMax ?? listValueMax)) };
  }

  private async walk({ list, filter, scans, stateMax, options }: Walk): Promise<Page<InspectedRow>> {
    const { cursor, limit = defaultLimit, order = 'asc' } = options;
    const name = `${list}.${order}`;
    const [after, looked = 0] = (readCursor(name, cursor, ['string', 'number']) ?? []) as [string?, number?];
    const descending = order === 'desc';
    if (scans) return this.scan({ name, filter, stateMax, limit, descending, after, looked });
    const items = await this.inspection.instances(filter, { after, descending, limit, stateMax });
    const last = items.at(-1);
    return { items, next: items.length < limit || last === undefined ? undefined : makeCursor(name, [last.id, 0]) };
  }

  private async scan(walk: {
    readonly name: string;
    readonly filter: InstanceFilter;
    readonly stateMax: number;
    readonly limit: number;
    readonly descending: boolean;
    readonly after: string | undefined;
    readonly looked: number;
  }): Promise<Page<InspectedRow>> {
    const { name, filter, stateMax, limit, descending } = walk;
    let { after, looked } = walk;
    const { clock } = this.ports;
    const startedMs = clock.monotonicMs();
    const items: InspectedRow[] = [];
    const of = this.counted(filter.kind);
    for (;;) {
      const from = after;
      const [edge, rows] = await this.gate.run(async () => {
        const end = await this.inspection.edge(filter, { after: from, descending, rows: rowsPerSlice });
        const page = { after: from, until: end, descending, limit: limit - items.length, stateMax };
        return [end, await this.inspection.instances(filter, page)] as const;
      });
      for (const row of rows) items.push(row);
      const last = rows.at(-1);
      if (items.length === limit && last !== undefined)
        return { items, next: makeCursor(name, [last.id, looked]), scan: { looked, of } };
      if (edge === undefined) return { items, next: undefined, scan: { looked: of ?? looked, of } };
      looked += rowsPerSlice;
      after = edge;
      if (clock.monotonicMs() - startedMs >= sliceMs)
        return { items, next: makeCursor(name, [edge, looked]), scan: { looked, of } };
    }
  }
}

function isAll(filter: InstanceFilter): boolean {
  return filter.keyPrefix === '' && Object.keys(filter).length === 2;
}

/** A text as it stands in JSON text. */
function needle(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
