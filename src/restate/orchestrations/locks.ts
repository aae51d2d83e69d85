/**
 * The critical section of an execution. The locks are acquired one after the other, in sorted order: each entity asks the next one
 * (`entities/section`). The call of the first one stays open as long as the section: so an operator who kills the orchestration frees its
 * entities too.
 */
import { EntityOperationFailedError } from '../../errors/index.js';
import { EntityId } from '../../model/entity-id.js';
import type { SessionEvent } from '../../model/orchestration-events.js';
import { orderSignal } from '../entities/section.js';
import { serde, type Context, type InvocationHandle, type InvocationId, type RestatePromise } from '../sdk.js';
import type { OperationAnswer, OperationMessage, SectionEnd, SectionMessage, SectionOrder } from '../wire/messages.js';
import { entityParts, keyOf, type ServiceNames } from '../wire/service-names.js';
import type { Happening } from './happening.js';

interface Lock {
  /** The invocation that holds the lock. */
  readonly section: string;
  /** Number of the next order. */
  orders: number;
}

interface Section {
  readonly task: number;
  /** The call of the first lock. */
  readonly call: InvocationHandle;
  readonly ended: RestatePromise<Happening>;
  readonly granted: RestatePromise<Happening>;
  /** The locks, by their entities. `undefined` until all are held. */
  locks: ReadonlyMap<string, Lock> | undefined;
  readonly targets: readonly string[];
}

export class Locks {
  private section: Section | undefined = undefined;

  constructor(
    private readonly ctx: Context,
    private readonly owner: string,
    private readonly names: ServiceNames,
    /** Makes the name of the next journal entry. */
    private readonly entry: () => string,
  ) {}

  pending(): RestatePromise<Happening>[] {
    const { section } = this;
    if (section === undefined) return [];
    return section.locks === undefined ? [section.ended, section.granted] : [section.ended];
  }

  /** @param targets sorted, without repeats */
  acquire(task: number, targets: readonly string[]): void {
    const first = targets[0] as string;
    const { name, key } = entityParts(first);
    const grant = `g${task}`;
    const invocation = this.ctx.request().id;
    const parameter: SectionMessage = { owner: this.owner, invocation, grant, targets, held: [] };
    const call = this.ctx.genericCall<SectionMessage, SectionEnd>({
      service: this.names.entity(name),
      key: keyOf(key),
      method: 'section',
      parameter,
      name: this.entry(),
      inputSerde: serde.json,
      outputSerde: serde.json,
    });
    this.section = {
      task,
      call,
      ended: call.map((end): Happening => ({ kind: 'lost', entityId: end?.lost ?? first })),
      granted: this.ctx
        .signal<readonly string[]>(grant)
        .map((sections): Happening => ({ kind: 'granted', sections: sections as readonly string[] })),
      locks: undefined,
      targets,
    };
  }

  /** Takes the granted locks. The event for the code. */
  granted(sections: readonly string[]): SessionEvent | undefined {
    const { section } = this;
    if (section === undefined) return undefined;
    const locks = section.targets.map(
      (target, number) => [target, { section: sections[number] as string, orders: 0 }] as const,
    );
    section.locks = new Map<string, Lock>(locks);
    return { kind: 'granted', task: section.task };
  }

  /** Calls an operation of a locked entity. */
  call(task: number, target: string, message: OperationMessage): RestatePromise<OperationAnswer> {
    const reply = `r${task}`;
    this.order(this.section?.locks?.get(target) as Lock, { kind: 'operation', reply, ...message });
    return this.ctx.signal<OperationAnswer>(reply);
  }

  private order(lock: Lock, order: SectionOrder): void {
    this.ctx
      .invocation(lock.section as InvocationId)
      .signal<SectionOrder>(orderSignal(lock.orders++))
      .resolve(order);
  }

  /** Releases what is held, or withdraws what is asked for. */
  async release(): Promise<void> {
    const { section } = this;
    this.section = undefined;
    if (section === undefined) return;
    // The cancellation of the first invocation cancels those that it has called.
    if (section.locks === undefined) this.ctx.cancel(await section.call.invocationId);
    else for (const lock of section.locks.values()) this.order(lock, { kind: 'release' });
  }

  lostError(entityId: string): Error {
    const problem = new Error('The invocation that held the lock has ended: an operator killed or cancelled it.');
    return new EntityOperationFailedError(EntityId.parse(entityId), 'lock', problem);
  }
}
