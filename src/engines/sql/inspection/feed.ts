/**
 * The feed of an inspector: what commits change. In the worker's process the commits of that process are passed on. In every process the rows
 * that a listener names are looked at too, because another worker may write them.
 */
import type { FeedChange, FeedInstance, FeedOptions } from '../../../hub/inspector.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';
import type { Timer } from '../../../ports/clock.js';
import type { InstanceRow, InstanceWrite } from '../ports/store.js';
import { isEntityId } from '../model/messages.js';
import type { InspectionPorts } from './ports.js';

const instancesMax = 1_000;
/** The pause between two looks at the rows. */
const lookMs = 250;
const perRead = 500;

type Listener = (change: FeedChange) => void;

type Changed = { -readonly [Field in keyof FeedInstance]: FeedInstance[Field] };

/** One listener. Changes of one turn, or of the time that it asked for, are passed on together, after their commits. */
class Subscription {
  private changed = new Map<string, Changed>();
  private more = false;
  private scheduled = false;
  private timer: Timer | undefined;
  private passedMs = Number.NEGATIVE_INFINITY;
  private seq = 0;
  private isStopped = false;

  constructor(
    private readonly ports: InspectionPorts,
    private readonly everyMs: number,
    private readonly listener: Listener,
    private readonly failed: () => void,
  ) {}

  /** Takes what a commit wrote. An entity that many commits write costs a look at a map each time, and no object. */
  wrote(writes: readonly InstanceWrite[]): void {
    const { changed } = this;
    for (const write of writes) {
      const known = changed.get(write.id);
      if (known !== undefined) update(known, write);
      else if (changed.size < instancesMax) changed.set(write.id, written(write));
      else this.more = true;
    }
    this.schedule();
  }

  /** Takes what a look at the rows found. */
  found(instances: readonly FeedInstance[]): void {
    for (const instance of instances) {
      if (this.changed.size < instancesMax || this.changed.has(instance.id)) this.changed.set(instance.id, instance);
    }
    // Other workers write further rows.
    this.more = true;
    this.schedule();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private schedule(): void {
    if (this.isStopped || this.scheduled || (this.changed.size === 0 && !this.more)) return;
    this.scheduled = true;
    const waitMs = this.everyMs === 0 ? 0 : this.passedMs + this.everyMs - this.ports.clock.monotonicMs();
    if (waitMs > 0) this.timer = this.ports.clock.setTimer(Math.ceil(waitMs), () => this.pass());
    else void Promise.resolve().then(() => this.pass());
  }

  private pass(): void {
    this.scheduled = false;
    if (this.isStopped) return;
    this.passedMs = this.ports.clock.monotonicMs();
    const instances = [...this.changed.values()];
    const { more } = this;
    this.changed = new Map();
    this.more = false;
    try {
      this.listener({ seq: ++this.seq, atMs: this.ports.hubTimeMs(), instances, more });
    } catch (error) {
      this.ports.logger.error({ error }, 'A listener of the feed threw an error. It gets no further changes.');
      this.failed();
    }
  }
}

/** Looks at the rows that a listener names, and at the numbers of the last commits of all workers. */
class Looker {
  private timer: Timer | undefined;
  private isStopped = false;
  /** By id: the version that was seen last. 0 if there was no row. */
  private seen = new Map<string, number>();
  private commits: string | undefined;

  constructor(
    private readonly ports: InspectionPorts,
    private readonly ids: () => readonly string[],
    private readonly changed: (instances: readonly FeedInstance[]) => void,
  ) {}

  begin(): void {
    const turn = async () => {
      await this.look().catch((error: unknown) => {
        if (!this.isStopped) this.ports.logger.debug({ error }, 'The feed could not look at the rows.');
      });
      const role = this.ports.role();
      if (!this.isStopped && role !== 'stopped' && role !== 'failed') this.begin();
    };
    this.timer = this.ports.clock.setTimer(lookMs, () => void turn());
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async look(): Promise<void> {
    const { store, facts, partitionCount } = this.ports;
    // A worker that owns everything tells all changes by itself.
    if (facts?.partitions().size === partitionCount) return;
    const { members } = await store.members();
    const own = this.ports.incarnation();
    const others = members.filter(({ incarnation }) => incarnation !== own);
    const commits = others.map(({ incarnation, seq }) => `${incarnation}:${seq}`).join();
    if (this.isStopped || commits === this.commits) return;
    const isFirst = this.commits === undefined;
    this.commits = commits;
    // The worker of this process tells what it writes.
    const ids = [...new Set(this.ids())].slice(0, instancesMax).filter((id) => this.ports.facts?.owns(id) !== true);
    const rows = new Map<string, InstanceRow>();
    for (let from = 0; from < ids.length; from += perRead)
      for (const row of await store.loadInstances(ids.slice(from, from + perRead), false)) rows.set(row.id, row);
    const before = this.seen;
    this.seen = new Map(ids.map((id) => [id, rows.get(id)?.version ?? 0]));
    const changed = ids.flatMap((id) => {
      const version = before.get(id);
      const row = rows.get(id);
      if (version === undefined || version === (row?.version ?? 0)) return [];
      return [row === undefined ? deletedInstance(id, version) : feedInstance(row)];
    });
    if (!this.isStopped && !isFirst) this.changed(changed);
  }
}

/** Begins a feed. Returns a function that ends it. */
export function beginFeed(
  ports: InspectionPorts,
  listener: Listener,
  { ids, everyMs = 0 }: FeedOptions = {},
): () => void {
  const stop = () => {
    subscription.stop();
    unlisten?.();
    looker.stop();
  };
  const subscription = new Subscription(ports, everyMs, listener, stop);
  const unlisten = ports.commits?.((writes) => subscription.wrote(writes));
  const looker = new Looker(ports, ids ?? (() => []), (instances) => subscription.found(instances));
  looker.begin();
  return stop;
}

function update(known: Changed, write: InstanceWrite): void {
  known.version = write.version;
  known.deleted = write.op !== 'put';
  known.status = write.op === 'put' ? statusOf(write) : undefined;
}

function written(write: InstanceWrite): FeedInstance {
  return write.op === 'put' ? feedInstance(write) : deletedInstance(write.id, write.version);
}

function feedInstance(row: InstanceRow): FeedInstance {
  const { id, kind, name, version } = row;
  return { id, kind, name, status: statusOf(row), version, deleted: false };
}

function statusOf({ status }: InstanceRow): RuntimeStatus | undefined {
  return (status as RuntimeStatus | null) ?? undefined;
}

/** The name of a deleted orchestration is not known. */
function deletedInstance(id: string, version: number): FeedInstance {
  const isEntity = isEntityId(id);
  const name = isEntity ? id.slice(1, id.indexOf('@', 1)) : '';
  return { id, kind: isEntity ? 'entity' : 'orchestration', name, status: undefined, version, deleted: true };
}
