/**
 * Scheduled signals that have a name. Of one name to one entity one waits at most: an inbox row, which the entity's own row names.
 *
 *   none --schedule--> waits --due, and its turn came--> runs --outcome--> none
 *                      waits --schedule--> the later one waits      waits --cancel--> none
 *
 * What replaces or cancels acts when it arrives, and consumes the row that waited in the same batch: a row that is there counts.
 * A periodic signal waits again, as another row, in the batch that holds the outcome: whatever that is. Ticks that have passed are skipped.
 * One that runs waits no more; the name is free, although its row is there until the outcome is.
 */
import type { MailboxMessage, NameMessage } from '../model/messages.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveEntity } from '../live/live-instance.js';
import { Message } from '../live/message.js';
import type { ClientReplies } from '../outgoing/client-replies.js';
import { writeForLater } from '../outgoing/later.js';

export class NamedSignals {
  constructor(
    private readonly term: WorkerTerm,
    private readonly replies: ClientReplies,
  ) {}

  /** Acts on a message when it arrives. Returns the signal that is due at once, to be delivered. */
  act(entity: LiveEntity, message: Message<NameMessage>): Message | undefined {
    const { body } = message;
    const waited = this.withdraw(entity, body.name);
    this.term.consume(message);
    if (body.kind === 'schedule') return this.schedule(entity, body);
    const { reply } = body;
    if (reply?.to === 'client') this.replies.answer(reply, entity.id, { ok: true, value: String(waited) });
    return undefined;
  }

  private schedule(
    entity: LiveEntity,
    { name, dueMs: givenMs, everyMs, operation, input, row }: NameMessage & { kind: 'schedule' },
  ): Message | undefined {
    const { term } = this;
    const dueMs = givenMs ?? term.nowMs() + (everyMs ?? 0);
    const periodic = everyMs === undefined ? undefined : { everyMs, dueMs };
    const signal = { kind: 'operation', operation, input, name, periodic } as const;
    const message = new Message(entity.id, signal);
    message.row = row ?? term.ids.newRow();
    entity.named ??= new Map();
    entity.named.set(name, message.row);
    term.markDirty(entity);
    if (dueMs <= term.nowMs()) return message;
    writeForLater(term, dueMs, message.row, entity.id, signal);
    return undefined;
  }

  /** Whether one waited. */
  private withdraw(entity: LiveEntity, name: string): boolean {
    const row = entity.named?.get(name);
    if (row === undefined) return false;
    this.forget(entity, name);
    // Of a periodic one that runs, the ticks that would follow are withdrawn.
    if (entity.running?.row === row) return isPeriodic(entity.running.body);
    const message = this.term.rows.get(row);
    if (message !== undefined) entity.mailbox.remove(message as Message<MailboxMessage>);
    this.term.withdraw(row);
    return true;
  }

  /** This operation has run, or was given up. A periodic one has its next tick. */
  ran(entity: LiveEntity, { row, body }: Message<MailboxMessage>): void {
    if (body.kind !== 'operation' || body.name === undefined || entity.named?.get(body.name) !== row) return;
    if (body.periodic === undefined) return this.forget(entity, body.name);
    const dueMs = nextTick(body.periodic, this.term.nowMs());
    const next = this.term.ids.newRow();
    entity.named.set(body.name, next);
    this.term.markDirty(entity);
    const signal = { ...body, periodic: { ...body.periodic, dueMs } };
    writeForLater(this.term, dueMs, next, entity.id, signal);
  }

  private forget(entity: LiveEntity, name: string): void {
    entity.named?.delete(name);
    if (entity.named?.size === 0) entity.named = undefined;
    this.term.markDirty(entity);
  }
}

function isPeriodic(body: MailboxMessage): boolean {
  return body.kind === 'operation' && body.periodic !== undefined;
}

/** The first whole interval after now. */
function nextTick({ everyMs, dueMs }: { readonly everyMs: number; readonly dueMs: number }, nowMs: number): number {
  return dueMs + everyMs * Math.max(1, Math.floor((nowMs - dueMs) / everyMs) + 1);
}
