import { InvalidArgumentError, StorageError } from '../errors/index.js';
import { EntityId } from '../model/entity-id.js';
import type { DeadLetterSnapshot } from '../hub/snapshots.js';
import type { TaskHub } from '../hub/task-hub.js';
import { checkMaySend } from './guard.js';

/** An operation that was given up, because its process ended each time it was tried. */
export interface DeadLetter {
  readonly id: number;
  readonly entityId: EntityId;
  readonly operationName: string;
  readonly attempts: number;
  readonly reason: string;
  readonly at: Date;
}

const pageSize = 100;

/**
 * The messages that were set aside; an async iterable of all of them, the oldest first. Where some cannot be read, it ends with a
 * StorageError that names them, after it has given all others.
 */
export class DeadLetters implements AsyncIterable<DeadLetter> {
  /** They come from `client.deadLetters()`. @internal */
  constructor(private readonly hub: TaskHub) {}

  async *[Symbol.asyncIterator](): AsyncIterator<DeadLetter> {
    checkMaySend('deadLetters');
    let after = 0;
    const unreadable: number[] = [];
    for (;;) {
      const page = await this.hub.deadLetters({ after, limit: pageSize });
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
      `The others were given. \`client.deadLetters().discard(${unreadable[0]})\` deletes one of them.`,
    );
  }

  /** Sends the message again, one-way, at the end of its target's queue; resolves when that is durable. False: there is none with this id. */
  async retry(id: number): Promise<boolean> {
    checkMaySend('deadLetters.retry');
    return this.hub.retryDeadLetter(checkId(id));
  }

  /** Deletes it; resolves when that is durable. False: there is none with this id. */
  async discard(id: number): Promise<boolean> {
    checkMaySend('deadLetters.discard');
    return this.hub.discardDeadLetter(checkId(id));
  }
}

/** `undefined` if it cannot be read. */
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
  throw new InvalidArgumentError('id', 'it is no whole number', 'Give the `id` of a dead letter.');
}
