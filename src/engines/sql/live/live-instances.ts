/** The instances in memory, by id. An instance that is not in memory is opened empty, and its row is read before it works. */
import { isEntityId } from '../model/messages.js';
import type { EntityProgram } from '../../../ports/user-code.js';
import { partitionOf } from '../core/partition.js';
import type { IdsAndTime } from './ids-and-time.js';
import { LiveEntity, LiveRun, type LiveInstance } from './live-instance.js';

export class LiveInstances {
  private readonly byId = new Map<string, LiveInstance>();
  /** Instances whose rows the loader will read. */
  private wanted: LiveInstance[] = [];

  constructor(
    private readonly partitionCount: number,
    private readonly ids: IdsAndTime,
    private readonly programs: { entity(name: string): EntityProgram | undefined },
  ) {}

  /** The total length of the stored states of all instances. */
  bytes = 0;

  /** Notes the length of the stored state of an instance. */
  resize(instance: LiveInstance, bytes: number): void {
    this.bytes += bytes - instance.bytes;
    instance.bytes = bytes;
  }

  /** Moves an instance to the end of `values`, after the evictor has visited and kept it. */
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

  /** All instances, in the order in which they were opened or kept. */
  values(): MapIterator<LiveInstance> {
    return this.byId.values();
  }

  delete(id: string): void {
    this.bytes -= this.byId.get(id)?.bytes ?? 0;
    this.byId.delete(id);
  }

  /** The instance with this id, which is opened if it is not in memory. */
  of(id: string): LiveInstance {
    return this.byId.get(id) ?? this.open(id);
  }

  /** Opens an orchestration that was not in memory, for a caller that reads its row itself. Messages wait meanwhile. */
  reserve(id: string): LiveRun {
    const run = new LiveRun(id, partitionOf(id, this.partitionCount));
    this.byId.set(id, run);
    return run;
  }

  /** Asks the loader to read the row of an instance that was reserved. */
  want(instance: LiveInstance): void {
    this.wanted.push(instance);
  }

  get anyWanted(): boolean {
    return this.wanted.length > 0;
  }

  /** Takes the first `max` instances whose rows are to be read. */
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
    const name = id.slice(1, id.indexOf('@', 1));
    const program = this.programs.entity(name);
    return new LiveEntity(id, partition, program?.name ?? name, program);
  }
}
