import { InvalidArgumentError } from '../errors/index.js';
import { EntityId } from '../model/entity-id.js';
import type { Intake } from '../ports/intake.js';
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

/** The messages that were set aside; an async iterable of all of them, the oldest first. */
export class DeadLetters implements AsyncIterable<DeadLetter> {
  /** They come from `client.deadLetters()`. @internal */
  constructor(private readonly intake: Intake) {}

  async *[Symbol.asyncIterator](): AsyncIterator<DeadLetter> {
    checkMaySend('deadLetters');
    let after = 0;
    for (;;) {
      const page = await this.intake.deadLetters({ after, limit: pageSize });
      for (const { id, target, body, attempts, reason, atMs } of page) {
        const { operation } = JSON.parse(body) as { operation: string };
        const entityId = EntityId.parse(target);
        yield { id, entityId, operationName: operation, attempts, reason, at: new Date(atMs) };
        after = id;
      }
      if (page.length < pageSize) return;
    }
  }

  /** Sends the message again, one-way, at the end of its target's queue; resolves when that is durable. False: there is none with this id. */
  async retry(id: number): Promise<boolean> {
    checkMaySend('deadLetters.retry');
    return this.intake.retryDeadLetter(checkId(id));
  }

  /** Deletes it; resolves when that is durable. False: there is none with this id. */
  async discard(id: number): Promise<boolean> {
    checkMaySend('deadLetters.discard');
    return this.intake.discardDeadLetter(checkId(id));
  }
}

function checkId(id: number): number {
  if (Number.isSafeInteger(id)) return id;
  throw new InvalidArgumentError('id', 'it is no whole number', 'Give the `id` of a dead letter.');
}
