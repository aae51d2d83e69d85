/**
 * Named signals of an entity. Its virtual object keeps, for each name, the invocation that waits for its time.
 *
 *   no signal --schedule--> waits --due--> runs --outcome--> no signal, or waits again if it is periodic
 *   waits --schedule--> the new signal waits
 *   waits --cancel--> no signal
 */
import type { InvocationId, ObjectContext } from '../sdk.js';
import type { OperationAnswer, ScheduleMessage, TickMessage } from '../wire/messages.js';
import { Sending } from '../wire/sending.js';
import type { Operations } from './operations.js';

interface Waiting {
  readonly token: string;
  readonly invocation: string;
}

/** The names with their waiting signals. A list, so that no name can reach the prototype of an object. */
type WaitingSignals = readonly (readonly [name: string, waiting: Waiting])[];

const namesKey = 'n';

/** Schedules a signal. Resolves with the invocation that delivers it. */
export async function schedule(
  ctx: ObjectContext,
  message: ScheduleMessage,
  operations: Operations,
): Promise<{ readonly invocation: string; readonly hash?: string | undefined }> {
  const nowMs = await ctx.run('now', () => operations.ports.clock.wallMs());
  const token = ctx.request().id;
  const dueMs = message.dueMs ?? nowMs + (message.everyMs ?? 0);
  const waiting = await waitingSignals(ctx);
  const earlier = find(waiting, message.name);
  if (earlier !== undefined) ctx.cancel(earlier.invocation as InvocationId);
  const invocation = await deliver(ctx, { ...message, dueMs, token }, nowMs, operations);
  keep(ctx, waiting, message.name, { token, invocation });
  return { invocation, hash: message.hash };
}

/** Cancels the waiting signal of a name. Resolves with whether one waited. */
export async function cancel(ctx: ObjectContext, name: string): Promise<boolean> {
  const waiting = await waitingSignals(ctx);
  const earlier = find(waiting, name);
  if (earlier === undefined) return false;
  ctx.cancel(earlier.invocation as InvocationId);
  keep(ctx, waiting, name, undefined);
  return true;
}

/** Delivers a named signal whose time has come. */
export async function tick(
  ctx: ObjectContext,
  message: TickMessage,
  operations: Operations,
): Promise<OperationAnswer | undefined> {
  const { name, operation, input, token, everyMs } = message;
  const waiting = await waitingSignals(ctx);
  if (find(waiting, name)?.token !== token) return undefined;
  const answer = await operations.run(ctx, { operation, input });
  if (everyMs === undefined) {
    keep(ctx, waiting, name, undefined);
    return answer;
  }
  // Deliveries whose time has passed meanwhile are left out.
  const passed = Math.max(0, Math.floor((answer.atMs - message.dueMs) / everyMs));
  const dueMs = message.dueMs + (passed + 1) * everyMs;
  const invocation = await deliver(ctx, { ...message, dueMs }, answer.atMs, operations);
  keep(ctx, waiting, name, { token, invocation });
  return answer;
}

async function deliver(
  ctx: ObjectContext,
  message: TickMessage,
  nowMs: number,
  operations: Operations,
): Promise<string> {
  const sending = new Sending(ctx, operations.ports.names);
  return sending.toEntity(operations.entityId(ctx), 'tick', message, message.dueMs - nowMs).invocationId;
}

async function waitingSignals(ctx: ObjectContext): Promise<WaitingSignals> {
  return (await ctx.get<WaitingSignals>(namesKey)) ?? [];
}

function find(waiting: WaitingSignals, name: string): Waiting | undefined {
  return waiting.find(([each]) => each === name)?.[1];
}

function keep(ctx: ObjectContext, waiting: WaitingSignals, name: string, next: Waiting | undefined): void {
  const others = waiting.filter(([each]) => each !== name);
  const kept: WaitingSignals = next === undefined ? others : [...others, [name, next]];
  if (kept.length === 0) ctx.clear(namesKey);
  else ctx.set(namesKey, kept);
}
