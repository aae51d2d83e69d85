/** The task hub as a whole: overview, registered code, workers and partitions. */
import { StorageError } from '../../../errors/index.js';
import { packageVersion } from '../../../core/package-version.js';
import type { ListPage, Page } from '../../../hub/inspected.js';
import type {
  EntityType,
  HubOverview,
  HubTypes,
  NamedCode,
  OrchestrationType,
  PartitionEntry,
  WorkerEntry,
} from '../../../hub/inspector.js';
import { makeCursor, readCursor } from '../../../inspect/cursors.js';
import { KeptValue } from '../../../inspect/kept-value.js';
import type { ScanGate } from '../../../inspect/scan-gate.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';
import { ReadTimeoutError } from '../ports/store-errors.js';
import type { InspectionStore } from '../ports/store.js';
import type { Locks } from './locks.js';
import type { InspectionPorts } from './ports.js';

const keptMs = 5_000;
const lettersMax = 1_000;
const defaultLimit = 50;

type Counts = Pick<
  HubOverview,
  'countedAtMs' | 'entities' | 'runs' | 'longestIdle' | 'longestLock' | 'deadLetters' | 'sizes'
>;

export class HubFacts {
  private readonly counts: KeptValue<Counts>;
  private lastCounts: Counts | undefined;
  private readonly startedMs: number;

  constructor(
    private readonly ports: InspectionPorts,
    private readonly gate: ScanGate,
    private readonly locks: () => Locks,
  ) {
    this.startedMs = ports.clock.monotonicMs();
    this.counts = new KeptValue(ports.clock, keptMs, () => this.count());
  }

  private get inspection(): InspectionStore {
    return this.ports.store.inspect();
  }

  async overview(): Promise<HubOverview> {
    const { store, clock, facts, partitionCount } = this.ports;
    const [counts, { members, owners, nowMs }] = await Promise.all([this.counts.get(), store.members()]);
    const living = new Set(members.filter(({ expiresAtMs }) => expiresAtMs > nowMs).map((one) => one.incarnation));
    return {
      engine: 'sql',
      version: packageVersion,
      process: this.ports.process,
      role: this.ports.role(),
      uptimeMs: clock.monotonicMs() - this.startedMs,
      hubTimeMs: this.ports.hubTimeMs(),
      workers: living.size,
      partitions: {
        total: partitionCount,
        owned: owners.filter((owner) => living.has(owner)).length,
        here: facts?.partitions().size ?? 0,
      },
      ...counts,
    };
  }

  /** The number of rows of a kind, if it was counted before. */
  counted(kind: 'entity' | 'orchestration'): number | undefined {
    const found = kind === 'entity' ? this.lastCounts?.entities : this.lastCounts?.runs;
    return found?.reduce((sum, { count }) => sum + count, 0);
  }

  private async count(): Promise<Counts> {
    const names = await this.inTime(() => this.inspection.countNames());
    const longestIdle = await this.inTime(() => this.inspection.longestIdle());
    const { items } = await this.locks().page({ limit: 1 });
    this.lastCounts = {
      countedAtMs: this.ports.hubTimeMs(),
      entities: names?.filter(({ kind }) => kind === 'entity').map(({ name, count }) => ({ name, count })),
      runs: names
        ?.filter(({ kind }) => kind === 'orchestration')
        .map(({ name, status, count }) => ({ name, status: status as RuntimeStatus, count })),
      longestIdle,
      longestLock: items[0],
      deadLetters: await this.inspection.countDeadLetters(lettersMax),
      sizes: await this.inspection.sizes(),
    };
    return this.lastCounts;
  }

  /** `undefined` if the read took too long. */
  private async inTime<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.gate.run(read);
    } catch (error) {
      if (error instanceof ReadTimeoutError) return undefined;
      throw error;
    }
  }

  async types(): Promise<HubTypes> {
    const { store, code } = this.ports;
    const [{ members, nowMs }, { names: known }] = await Promise.all([store.members(), store.readHub()]);
    const living = members.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    const all = (kind: string, own: readonly string[]): readonly NamedCode[] => {
      const begin = `${kind}:`;
      const announced = known.filter((name) => name.startsWith(begin)).map((name) => name.slice(begin.length));
      return [...new Set([...announced, ...own])].toSorted().map((name) => ({
        name,
        registered: own.includes(name),
        workers: living.filter(({ names }) => names.includes(begin + name)).map((worker) => worker.name),
      }));
    };
    const { entities = [], orchestrations = [], activities = [] } = code ?? {};
    return {
      entities: all(
        'entity',
        entities.map(({ name }) => name),
      ).map((named): EntityType => {
        const own = entities.find(({ name }) => name === named.name);
        const { effects, expireAfterMs, operations } = own ?? {};
        return { ...named, effects, expireAfterMs, operations };
      }),
      orchestrations: all(
        'orchestration',
        orchestrations.map(({ name }) => name),
      ).map((named): OrchestrationType => ({
        ...named,
        versions: orchestrations.find(({ name }) => name === named.name)?.versions ?? [],
      })),
      activities: all('activity', activities),
    };
  }

  async workers({ cursor, limit = defaultLimit }: ListPage): Promise<Page<WorkerEntry>> {
    const [before] = (readCursor('workers', cursor, ['number']) ?? []) as [number?];
    const [rows, { nowMs }] = await Promise.all([
      this.inspection.workers({ before, limit }),
      this.ports.store.members(),
    ]);
    const here = this.ports.incarnation();
    const items = rows.map(({ incarnation, kind, name, alive, version, seq, expiresAtMs, holds, partitions }) => ({
      incarnation,
      kind,
      name,
      alive,
      here: incarnation === here,
      version,
      seq,
      leaseLeftMs: expiresAtMs - nowMs,
      holdsLock: holds,
      partitions,
    }));
    const last = items.at(-1);
    return {
      items,
      next: items.length < limit || last === undefined ? undefined : makeCursor('workers', [last.incarnation]),
    };
  }

  async partitions(): Promise<readonly PartitionEntry[]> {
    const rows = await this.inspection.partitions();
    if (rows.length === 0) throw new StorageError('The database has no partitions.', 'The tables are damaged.');
    const live = this.ports.facts?.partitions();
    return rows.map(({ partition, owner, epoch, crashes }) => {
      const own = live?.get(partition);
      const entry = { partition, owner: owner === 0 ? undefined : owner, epoch, crashes };
      return own === undefined ? entry : { ...entry, live: own };
    });
  }
}
