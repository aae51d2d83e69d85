/** The virtual object of the entities of one name: its handlers, and their limits. */
import { committedProblem } from './committed.js';
import { handlers, object, type ObjectContext, type ObjectSharedContext } from '../sdk.js';
import { handlerLimits, serviceOptions, type Retention } from '../wire/limits.js';
import type {
  EntityView,
  OperationAnswer,
  OperationMessage,
  ScheduleMessage,
  SectionMessage,
  SignalsMessage,
  TickMessage,
} from '../wire/messages.js';
import { Sending } from '../wire/sending.js';
import { rawText } from '../wire/texts.js';
import { attempt } from './attempt.js';
import { runBatch } from './batch.js';
import { cancel, schedule, tick } from './named-signals.js';
import type { Operations } from './operations.js';
import { section } from './section.js';
import { entityKey, isExpired, readEntity } from './stored-entity.js';

const { exclusive, shared } = handlers.object;

export function entityObject(service: string, operations: Operations, retention: Retention) {
  const { receiptsMs } = retention;
  const options = handlerLimits(retention);
  const run = (ctx: ObjectContext, message: OperationMessage): Promise<OperationAnswer> => operations.run(ctx, message);
  return object({
    name: service,
    options: serviceOptions,
    handlers: {
      run: exclusive(options, run),
      /** Signals that a client sends together. Each takes effect or fails by itself. */
      many: exclusive(options, (ctx: ObjectContext, message: SignalsMessage) =>
        runBatch(ctx, message.operations, operations),
      ),
      /** An operation with an idempotency key. */
      once: exclusive({ ...options, idempotencyRetention: receiptsMs }, run),
      schedule: exclusive(
        { ...options, idempotencyRetention: receiptsMs },
        (ctx: ObjectContext, message: ScheduleMessage) => schedule(ctx, message, operations),
      ),
      cancel: exclusive(options, (ctx: ObjectContext, { name }: { readonly name: string }) => cancel(ctx, name)),
      tick: exclusive({ ...options, ingressPrivate: true }, (ctx: ObjectContext, message: TickMessage) =>
        tick(ctx, message, operations),
      ),
      section: exclusive({ ...options, ingressPrivate: true }, (ctx: ObjectContext, message: SectionMessage) =>
        section(ctx, message, operations),
      ),
      expire: exclusive({ ...options, ingressPrivate: true }, (ctx: ObjectContext) => expire(ctx, operations)),
      read: shared(options, read),
      look: shared(options, (ctx: ObjectSharedContext, message: OperationMessage) => look(ctx, message, operations)),
    },
  });
}

/** The state of an entity. `null` if the entity has none. */
async function read(ctx: ObjectSharedContext): Promise<EntityView | null> {
  const stored = readEntity(await ctx.get(entityKey, rawText));
  if (stored === undefined) return null;
  return { state: stored.state, atMs: stored.atMs, expiresAtMs: stored.expiresAtMs };
}

/** Runs a read-only operation on the state as it is, beside the operations that wait. */
async function look(
  ctx: ObjectSharedContext,
  { operation, input }: OperationMessage,
  operations: Operations,
): Promise<OperationAnswer> {
  const entityId = operations.entityId(ctx);
  const { clock } = operations.ports;
  const problem = committedProblem(operations.program, entityId, operation);
  if (problem !== undefined) return { answer: { ok: false, error: problem }, atMs: clock.wallMs() };
  const stored = readEntity(await ctx.get(entityKey, rawText));
  const { attempted } = await attempt(operations.program, entityId, stored, { operation, input }, operations.ports);
  const { atMs } = attempted;
  if (!attempted.ok) return { answer: { ok: false, error: attempted.error }, atMs };
  return { answer: { ok: true, value: attempted.result }, atMs };
}

/** Deletes an entity that has expired, or waits until it has. */
async function expire(ctx: ObjectContext, operations: Operations): Promise<void> {
  const stored = readEntity(await ctx.get(entityKey, rawText));
  if (stored?.expiresAtMs === undefined) return;
  const nowMs = await ctx.run('now', () => operations.ports.clock.wallMs());
  if (isExpired(stored, nowMs)) ctx.clear(entityKey);
  else {
    const sending = new Sending(ctx, operations.ports.names);
    sending.toEntity(operations.entityId(ctx), 'expire', {}, stored.expiresAtMs - nowMs);
  }
}
