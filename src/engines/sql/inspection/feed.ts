/**
 * The feed of an inspector: what commits change. In the worker's process the commits of that process are passed on. In every process the rows
 * that a listener names are looked at too, because another worker may write them.
 */
import type { FeedChange, FeedInstance } from '../../../hub/inspector.js';
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

/** One listener. Changes of one turn are passed on together, after the commit. */
class Subscription {
  private changed = new Map<string, FeedInstance>();
  private more = false;
  private scheduled = false;
  private seq = 0;
  isStopped = false;

  constructor(
    private readonly ports: InspectionPorts,
    private readonly listener: Listener,
    private readonly failed: () => void,
  ) {}

  add(instances: Iterable<FeedInstance>, more = false): void {
    if (this.isStopped) return;
    this.more ||= more;
    for (const instance of instances) {
      if (this.changed.size < instancesMax || this.changed.has(instance.id)) this.changed.set(instance.id, instance);
      else this.more = true;
    }
    if (this.scheduled || (this.changed.size === 0 && !this.more)) return;
    this.scheduled = true;
    void Promise.resolve().then(() => this.pass());
  }

  private pass(): void {
    this.scheduled = false;
    if (this.isStopped) return;
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
    private readonly changed: (instances: readonly FeedInstance[], more: boolean) => void,
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
    if (!this.isStopped && !isFirst) this.changed(changed, true);
  }
}

/** Begins a feed. Returns a function that ends it. */
export function beginFeed(
  ports: InspectionPorts,
  listener: Listener,
  ids: (() => readonly string[]) | undefined,
): () => void {
  const stop = () => {
    subscription.isStopped = true;
    unlisten?.();
    looker.stop();
  };
  const subscription = new Subscription(ports, listener, stop);
  const unlisten = ports.commits?.((writes) => subscription.add(writes.map(written)));
  const looker = new Looker(ports, ids ?? (() => []), (instances, more) => subscription.add(instances, more));
  looker.begin();
  return stop;
}

function written(write: InstanceWrite): FeedInstance {
  return write.op === 'put' ? feedInstance(write) : deletedInstance(write.id, write.version);
}

function feedInstance({ id, kind, name, status, version }: InstanceRow): FeedInstance {
  return { id, kind, name, status: (status as RuntimeStatus | null) ?? undefined, version, deleted: false };
}

/** The name of a deleted orchestration is not known. */
function deletedInstance(id: string, version: number): FeedInstance {
  const isEntity = isEntityId(id);
  const name = isEntity ? id.slice(1, id.indexOf('@', 1)) : '';
  return { id, kind: isEntity ? 'entity' : 'orchestration', name, status: undefined, version, deleted: true };
}
