/**
 * Named signals: scheduled signals that have a name. At most one signal of a name waits for an entity. This signal is an inbox row, and a
 * row of its name holds the id of that row.
 *
 *   no signal --schedule--> waits --due, in its turn--> runs --outcome--> no signal
 *   waits --schedule--> the new signal waits
 *   waits --cancel--> no signal
 *
 * A message that replaces or cancels a signal acts on arrival, and consumes the waiting row in the same batch. So a row that exists is
 * valid. A periodic signal waits again, as a new row, from the batch that holds the outcome of the last tick, whatever the outcome is.
 * Ticks that have passed are skipped. The name of a signal that runs is free, although its row exists until its outcome is committed.
 */
import { SignalNames } from '../core/signal-names.js';
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

  /** Acts on a message on arrival. Returns the signal if it is due at once; the caller delivers it. */
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
    entity.named ??= new SignalNames();
    entity.named.set(name, message.row);
    term.markDirty(entity);
    if (dueMs <= term.nowMs()) return message;
    writeForLater(term, dueMs, message.row, entity.id, signal);
    return undefined;
  }

  /** Removes the waiting signal of this name. Returns whether there was one. */
  private withdraw(entity: LiveEntity, name: string): boolean {
    const row = entity.named?.get(name);
    if (row === undefined) return false;
    this.forget(entity, name);
    // If a periodic signal is running, its later ticks are cancelled.
    if (entity.running?.row === row) return isPeriodic(entity.running.body);
    const message = this.term.rows.get(row);
    if (message !== undefined) entity.mailbox.remove(message as Message<MailboxMessage>);
    this.term.withdraw(row);
    return true;
  }

  /** Called when the operation of a named signal has run, or was given up. Schedules the next tick of a periodic signal. */
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
    this.term.markDirty(entity);
  }
}

function isPeriodic(body: MailboxMessage): boolean {
  return body.kind === 'operation' && body.periodic !== undefined;
}

/** The first tick after now. */
function nextTick({ everyMs, dueMs }: { readonly everyMs: number; readonly dueMs: number }, nowMs: number): number {
  return dueMs + everyMs * Math.max(1, Math.floor((nowMs - dueMs) / everyMs) + 1);
}
