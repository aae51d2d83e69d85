/** The instances in memory, by id. An instance that is not in memory is opened empty, and its row is read before it works. */
import { isEntityId } from '../model/messages.js';
import type { EntityProgram } from '../../../ports/user-code.js';
import { partitionOf } from '../core/partition.js';
import type { IdsAndTime } from './ids-and-time.js';
import { LiveEntity, LiveRun, type LiveInstance } from './live-instance.js';

export class LiveInstances {
  private readonly byId = new Map<string, LiveInstance>();
  /** Their rows are to be read, by the loader. */
  private wanted: LiveInstance[] = [];

  constructor(
    private readonly partitionCount: number,
    private readonly ids: IdsAndTime,
    private readonly programs: { entity(name: string): EntityProgram | undefined },
  ) {}

  /** What the states of all of them amount to, as they are stored. */
  bytes = 0;

  /** The state of this instance is so long now. */
  resize(instance: LiveInstance, bytes: number): void {
    this.bytes += bytes - instance.bytes;
    instance.bytes = bytes;
  }

  /** Looked at, and kept: it is behind the others, in the order of `values`. */
  keep(instance: LiveInstance): void {
    this.byId.delete(instance.id);
    this.byId.set(instance.id, instance);
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: string): LiveInstance | undefined {
    return this.byId.get(id);
  }

  /** In the order in which they came into memory, or were kept. */
  values(): MapIterator<LiveInstance> {
    return this.byId.values();
  }

  delete(id: string): void {
    this.bytes -= this.byId.get(id)?.bytes ?? 0;
    this.byId.delete(id);
  }

  /** The instance of this id; opened where it is not in memory. */
  of(id: string): LiveInstance {
    return this.byId.get(id) ?? this.open(id);
  }

  /** An orchestration that was not in memory: nobody reads its row but who reserved it. Its messages wait meanwhile. */
  reserve(id: string): LiveRun {
    const run = new LiveRun(id, partitionOf(id, this.partitionCount));
    this.byId.set(id, run);
    return run;
  }

  /** The row of an instance that was reserved is to be read as others' are. */
  want(instance: LiveInstance): void {
    this.wanted.push(instance);
  }

  get anyWanted(): boolean {
    return this.wanted.length > 0;
  }

  /** The first `max` instances whose rows are to be read. */
  takeWanted(max: number): LiveInstance[] {
    return this.wanted.splice(0, max);
  }

  private open(id: string): LiveInstance {
    const partition = partitionOf(id, this.partitionCount);
    const instance = isEntityId(id) ? this.openEntity(id, partition) : new LiveRun(id, partition);
    this.byId.set(id, instance);
    if (this.ids.takeFresh(id)) instance.loading = false;
    else this.wanted.push(instance);
    return instance;
  }

  private openEntity(id: string, partition: number): LiveEntity {
    const second = id.indexOf('@', 1);
    const name = id.slice(1, second);
    return new LiveEntity(id, partition, name, id.slice(second + 1), this.programs.entity(name));
  }
}
