/** The inspector of this engine: over the rows, and over the memory of the worker if this process has one. */
import type { Explanation } from '../../../hub/explanation.js';
import type {
  DeadLetterEntry,
  DeadLetterFilter,
  EntityDetail,
  EntityEntry,
  EntityListFilter,
  HistoryOptions,
  ListOptions,
  ListPage,
  LockEntry,
  Page,
  RunEntry,
  RunHistory,
  RunListFilter,
  Timeline,
  TimelineOptions,
  ValueOptions,
  WaitingMessage,
} from '../../../hub/inspected.js';
import type {
  FeedChange,
  FeedOptions,
  HubOverview,
  HubTypes,
  Inspector,
  PartitionEntry,
  WorkerEntry,
} from '../../../hub/inspector.js';
import type { HubStatistics } from '../../../hub/statistics.js';
import { makeCursor, readCursor } from '../../../inspect/cursors.js';
import { ScanGate } from '../../../inspect/scan-gate.js';
import { detailValueMax } from '../../../inspect/values.js';
import { Details } from './details.js';
import { deadLetterEntry } from './entries.js';
import { explain } from './explain.js';
import { beginFeed } from './feed.js';
import { HubFacts } from './hub-facts.js';
import { Lists } from './lists.js';
import { Locks } from './locks.js';
import type { InspectionPorts } from './ports.js';

const defaultLimit = 50;
const defaultDepth = 1;

export class SqlInspector implements Inspector {
  private readonly gate: ScanGate;
  private readonly lists: Lists;
  private readonly details: Details;
  private readonly lockList: Locks;
  private readonly hub: HubFacts;

  constructor(private readonly ports: InspectionPorts) {
    this.gate = new ScanGate(ports.clock);
    this.hub = new HubFacts(ports, this.gate, () => this.lockList);
    this.lockList = new Locks(ports, this.gate, () => this.hub.counted('entity'));
    this.lists = new Lists(ports, this.gate, (kind) => this.hub.counted(kind));
    this.details = new Details(ports, this.gate);
  }

  overview(): Promise<HubOverview> {
    return this.hub.overview();
  }

  types(): Promise<HubTypes> {
    return this.hub.types();
  }

  async statistics(): Promise<HubStatistics | undefined> {
    return this.ports.statistics?.();
  }

  workers(page: ListPage = {}): Promise<Page<WorkerEntry>> {
    return this.hub.workers(page);
  }

  partitions(): Promise<readonly PartitionEntry[]> {
    return this.hub.partitions();
  }

  entities(filter: EntityListFilter = {}, options: ListOptions = {}): Promise<Page<EntityEntry>> {
    return this.lists.entities(filter, options);
  }

  entity(entityId: string, options: ValueOptions = {}): Promise<EntityDetail | undefined> {
    return this.details.entity(entityId, options);
  }

  runs(filter: RunListFilter = {}, options: ListOptions = {}): Promise<Page<RunEntry>> {
    return this.lists.runs(filter, options);
  }

  run(instanceId: string, options: ValueOptions = {}): Promise<RunEntry | undefined> {
    return this.details.run(instanceId, options);
  }

  history(instanceId: string, options: HistoryOptions = {}): Promise<RunHistory | undefined> {
    return this.details.history(instanceId, options);
  }

  timeline(instanceId: string, { depth = defaultDepth }: TimelineOptions = {}): Promise<Timeline | undefined> {
    return this.details.timeline(instanceId, depth);
  }

  explain(id: string): Promise<Explanation> {
    return explain(this.ports, this.details, id);
  }

  locks(page: ListPage = {}): Promise<Page<LockEntry>> {
    return this.lockList.page(page);
  }

  messages(target: string, options: ListOptions = {}): Promise<Page<WaitingMessage>> {
    return this.details.messages(target, options);
  }

  async deadLetters({ target }: DeadLetterFilter = {}, options: ListOptions = {}): Promise<Page<DeadLetterEntry>> {
    const { cursor, limit = defaultLimit, order = 'asc', valueMax = detailValueMax } = options;
    const [after] = (readCursor(`dead-letters.${order}`, cursor, ['number']) ?? []) as [number?];
    const filter = target === undefined ? {} : target.endsWith('@') ? { targetPrefix: target } : { target };
    const page = { after, descending: order === 'desc', limit, bodyMax: 2 * detailValueMax };
    const read = () => this.ports.store.inspect().deadLetters(filter, page);
    // All letters are walked by their ids. Those of a target are found by a scan.
    const rows = await (target === undefined ? read() : this.gate.run(read));
    const last = rows.at(-1);
    const next = rows.length < limit || last === undefined ? undefined : makeCursor(`dead-letters.${order}`, [last.id]);
    return { items: rows.map((letter) => deadLetterEntry(letter, valueMax)), next };
  }

  feed(listener: (change: FeedChange) => void, options: FeedOptions = {}): () => void {
    return beginFeed(this.ports, listener, options);
  }
}
