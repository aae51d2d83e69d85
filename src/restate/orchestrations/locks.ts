/**
 * The critical section of an execution. Each lock is a call of the entity's handler `section`, which stays open as long as the section: so an
 * operator who kills the orchestration frees its entities too. Locks are acquired one after the other, in sorted order.
 */
import { EntityOperationFailedError } from '../../errors/index.js';
import { EntityId } from '../../model/entity-id.js';
import type { SessionEvent } from '../../model/orchestration-events.js';
import { orderSignal } from '../entities/section.js';
import { serde, type Context, type InvocationHandle, type InvocationId, type RestatePromise } from '../sdk.js';
import type { OperationAnswer, OperationMessage, SectionMessage, SectionOrder } from '../wire/messages.js';
import { entityParts, keyOf, type ServiceNames } from '../wire/service-names.js';
import type { Happening } from './happening.js';

interface Lock {
  readonly entityId: string;
  readonly call: InvocationHandle;
  readonly ended: RestatePromise<Happening>;
  readonly granted: RestatePromise<Happening>;
  /** The invocation that holds the lock. `undefined` until it is granted. */
  section: string | undefined;
  /** Number of the next order. */
  orders: number;
}

export class Locks {
  private task = 0;
  private targets: readonly string[] = [];
  private readonly locks: Lock[] = [];

  constructor(
    private readonly ctx: Context,
    private readonly owner: string,
    private readonly names: ServiceNames,
    /** Makes the name of the next journal entry. */
    private readonly entry: () => string,
  ) {}

  pending(): RestatePromise<Happening>[] {
    const ends = this.locks.map((lock) => lock.ended);
    const last = this.locks.at(-1);
    return last === undefined || last.section !== undefined ? ends : [...ends, last.granted];
  }

  /** @param targets sorted, without repeats */
  acquire(task: number, targets: readonly string[]): void {
    this.task = task;
    this.targets = targets;
    this.ask();
  }

  private ask(): void {
    const entityId = this.targets[this.locks.length] as string;
    const { name, key } = entityParts(entityId);
    const grant = `g${this.task}.${this.locks.length}`;
    const targets = this.locks.length === 0 && this.targets.length > 1 ? this.targets : undefined;
    const parameter: SectionMessage = { owner: this.owner, invocation: this.ctx.request().id, grant, targets };
    const call = this.ctx.genericCall<SectionMessage, null>({
      service: this.names.entity(name),
      key: keyOf(key),
      method: 'section',
      parameter,
      name: this.entry(),
      inputSerde: serde.json,
      outputSerde: serde.json,
    });
    this.locks.push({
      entityId,
      call,
      ended: call.map((): Happening => ({ kind: 'lost', entityId })),
      granted: this.ctx
        .signal<string>(grant)
        .map((section): Happening => ({ kind: 'granted', section: section as string })),
      section: undefined,
      orders: 0,
    });
  }

  /** Takes a lock, and asks for the next one. The event for the code if all are held. */
  granted(section: string): SessionEvent | undefined {
    const last = this.locks.at(-1);
    if (last === undefined) return undefined;
    last.section = section;
    if (this.locks.length === this.targets.length) return { kind: 'granted', task: this.task };
    this.ask();
    return undefined;
  }

  /** Calls an operation of a locked entity. */
  call(task: number, target: string, message: OperationMessage): RestatePromise<OperationAnswer> {
    const reply = `r${task}`;
    const lock = this.locks.find(({ entityId }) => entityId === target) as Lock;
    this.order(lock, { kind: 'operation', reply, ...message });
    return this.ctx.signal<OperationAnswer>(reply);
  }

  private order(lock: Lock, order: SectionOrder): void {
    this.ctx
      .invocation(lock.section as InvocationId)
      .signal<SectionOrder>(orderSignal(lock.orders++))
      .resolve(order);
  }

  /** Releases what is held, and withdraws what is asked for. */
  async release(): Promise<void> {
    for (const lock of this.locks.splice(0)) {
      if (lock.section !== undefined) this.order(lock, { kind: 'release' });
      else this.ctx.cancel(await lock.call.invocationId);
    }
  }

  lostError(entityId: string): Error {
    const problem = new Error('The invocation that held the lock has ended: an operator killed or cancelled it.');
    return new EntityOperationFailedError(EntityId.parse(entityId), 'lock', problem);
  }
}
