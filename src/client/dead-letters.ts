import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { EntityId } from '../model/entity-id.js';
import type { DeadLetterSnapshot } from '../hub/snapshots.js';
import type { TaskHub } from '../hub/task-hub.js';
import { checkMaySend } from './guard.js';

/** An operation that was set aside, because its process ended in each of its attempts. */
export interface DeadLetter {
  /** Number for `retry` and `discard`. */
  readonly id: number;
  readonly entityId: EntityId;
  readonly operationName: string;
  /** How many attempts began. */
  readonly attempts: number;
  readonly reason: string;
  /** When the operation was set aside. */
  readonly at: Date;
}

const pageSize = 100;

/**
 * Async iterable of all dead letters, the oldest first. If some of them cannot be read, the iteration first yields all others, and then
 * throws a StorageError with the ids of the unreadable ones.
 */
export class DeadLetters implements AsyncIterable<DeadLetter> {
  /** Created by `client.deadLetters()`. @internal */
  constructor(private readonly hub: TaskHub) {}

  async *[Symbol.asyncIterator](): AsyncIterator<DeadLetter> {
    checkMaySend('deadLetters');
    let after: number | undefined;
    const unreadable: number[] = [];
    for (;;) {
      const page = await this.hub.deadLetters(after === undefined ? { limit: pageSize } : { after, limit: pageSize });
      for (const stored of page) {
        after = stored.id;
        const letter = letterOf(stored);
        if (letter === undefined) unreadable.push(stored.id);
        else yield letter;
      }
      if (page.length < pageSize) break;
    }
    if (unreadable.length === 0) return;
    throw new StorageError(
      `The dead letters ${unreadable.join(', ')} cannot be read.`,
      `The iteration has yielded all others. \`client.deadLetters().discard(${unreadable[0]})\` deletes one of the unreadable ones.`,
    );
  }

  /**
   * Sends the message again, one-way, to the end of its target's queue. Resolves when that is durable, with `false` if no dead letter has
   * this id. @throws InvalidArgumentError, HostStoppedError
   */
  async retry(id: number): Promise<boolean> {
    checkMaySend('deadLetters.retry');
    return this.hub.retryDeadLetter(checkId(id));
  }

  /**
   * Deletes the dead letter. Resolves when that is durable, with `false` if no dead letter has this id.
   * @throws InvalidArgumentError, HostStoppedError
   */
  async discard(id: number): Promise<boolean> {
    checkMaySend('deadLetters.discard');
    return this.hub.discardDeadLetter(checkId(id));
  }
}

/** `undefined` if the dead letter cannot be read. */
function letterOf({ id, target, operation, attempts, reason, atMs }: DeadLetterSnapshot): DeadLetter | undefined {
  if (operation === undefined) return undefined;
  try {
    return { id, entityId: EntityId.parse(target), operationName: operation, attempts, reason, at: new Date(atMs) };
  } catch {
    return undefined;
  }
}

function checkId(id: number): number {
  if (Number.isSafeInteger(id)) return id;
  throw new InvalidArgumentError('id', `${shown(id)} is not a whole number`, 'Give the `id` of a dead letter.');
}
