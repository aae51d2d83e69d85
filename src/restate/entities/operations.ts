/**
 * Runs operations of entities.
 *
 * Everything that user code computes is recorded in the journal before anything follows from it: a command of a replay that differs from the
 * journal stops the entity. A failed operation writes and sends nothing.
 */
import type { AttemptRule, EntityEffect, EntityProgram } from '../../ports/user-code.js';
import { decodeError } from '../../model/error-details.js';
import { writeBound } from '../../ports/child-log.js';
import type { ObjectContext } from '../sdk.js';
import type { OperationAnswer, OperationMessage } from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { Sending } from '../wire/sending.js';
import { textOfKey } from '../wire/service-names.js';
import { rawText } from '../wire/texts.js';
import { attempt, type Attempt, type Attempted, type LogLine } from './attempt.js';
import { entityKey, isExpired, readEntity, writeEntity, type StoredEntity } from './stored-entity.js';

/** The stored state in the memory of an invocation that runs several operations. */
export interface KeptState {
  read?: { readonly stored: StoredEntity | undefined };
}

export class Operations {
  constructor(
    readonly name: string,
    readonly program: EntityProgram,
    readonly ports: HandlerPorts,
  ) {}

  entityId(ctx: { readonly key: string }): string {
    return `@${this.name}@${textOfKey(ctx.key)}`;
  }

  /**
   * Runs an operation. Resolves with its outcome when everything that follows from it is recorded.
   * @param kept the state as the operation before left it in the same invocation. Default: the state is read
   */
  async run(ctx: ObjectContext, message: OperationMessage, kept: KeptState = {}): Promise<OperationAnswer> {
    kept.read ??= { stored: readEntity(await ctx.get(entityKey, rawText)) };
    const { stored } = kept.read;
    const { attempted, here } = await this.attempts(ctx, stored, message);
    const { atMs } = attempted;
    this.writeLines(here?.lines ?? []);
    const { hash } = message;
    if (attempted.ok) {
      const { written, effects } = attempted;
      if (written !== undefined) kept.read = { stored: this.write(ctx, stored, written.state, atMs) };
      await this.send(ctx, effects, atMs);
      return { answer: { ok: true, value: attempted.result }, atMs, hash };
    }
    const { error } = attempted;
    if (message.awaited === undefined && here !== undefined) this.reportFailed(ctx, message.operation, error);
    return { answer: { ok: false, error }, atMs, hash };
  }

  /** Writes what an operation logged, now that its outcome is recorded. */
  writeLines(lines: readonly LogLine[]): void {
    for (const { level, bindings, fields, message } of lines) {
      writeBound(this.ports.logger, level, bindings, fields, message);
    }
  }

  /** Reports a failed operation of a signal. */
  reportFailed(ctx: ObjectContext, operation: string, error: string): void {
    this.ports.signalFailed({ entityId: this.entityId(ctx), operation, error });
  }

  /** The last attempt, and the same as it ran in this process. `here` is `undefined` in a replay. */
  private async attempts(
    ctx: ObjectContext,
    stored: StoredEntity | undefined,
    message: OperationMessage,
  ): Promise<{ readonly attempted: Attempted; readonly here: Attempt | undefined }> {
    const { program } = this;
    const { operation, input } = message;
    const rule = program.attemptsOf(operation);
    let here: Attempt | undefined;
    const once = async () => {
      here = await attempt(program, this.entityId(ctx), stored, { operation, input }, this.ports, rule?.timeoutMs);
      return here.attempted;
    };
    // A read-only operation has no consequence but its answer, which Restate records.
    if (program.isReadOnly(operation) && rule === undefined) return { attempted: await once(), here };
    const firstMs = { value: 0 };
    for (let failed = 1; ; failed++) {
      here = undefined;
      const attempted = await ctx.run('operation', once);
      if (failed === 1) firstMs.value = attempted.startedMs;
      const delayMs = attempted.ok ? undefined : retryDelayMs(rule, failed, attempted, firstMs.value);
      if (delayMs === undefined) return { attempted, here };
      if (here !== undefined) this.reportRetry(ctx, operation, failed, delayMs, attempted);
      await ctx.sleep(Math.ceil(delayMs));
    }
  }

  private reportRetry(
    ctx: ObjectContext,
    operation: string,
    failed: number,
    delayMs: number,
    attempted: Attempted,
  ): void {
    const error = attempted.ok ? undefined : decodeError(attempted.error);
    const fields = { instance: this.entityId(ctx), operation, attempt: failed, delayMs, error };
    this.ports.logger.debug(fields, 'An attempt of an operation failed. Another attempt follows.');
  }

  /** Sends the messages of an operation. Resolves when the instances that it starts exist. */
  async send(ctx: ObjectContext, effects: readonly EntityEffect[], atMs: number): Promise<void> {
    const sending = new Sending(ctx, this.ports.names);
    for (const effect of effects) {
      if (effect.kind === 'signal') sending.signal(effect, atMs);
      else if (effect.kind === 'cancelSignal') sending.cancelSignal(effect.target, effect.name);
      else {
        const { instanceId, name, input, version, details } = effect;
        // The caller of the operation may look for the instance at once, so it exists before the answer.
        await sending.started(instanceId, { name, input, version, details, atMs, oneWay: true });
      }
    }
  }

  /** Writes the state that an operation has left. Returns what is stored then. */
  write(
    ctx: ObjectContext,
    stored: StoredEntity | undefined,
    state: string | undefined,
    atMs: number,
  ): StoredEntity | undefined {
    if (state === undefined) {
      ctx.clear(entityKey);
      return undefined;
    }
    const { expireAfterMs } = this.program;
    const expiresAtMs = expireAfterMs === undefined ? undefined : atMs + expireAfterMs;
    const written: StoredEntity = { state, atMs, expiresAtMs };
    ctx.set(entityKey, writeEntity(written), rawText);
    // One message waits for the expiry of an entity. When it arrives too early, it is sent again.
    if (expireAfterMs !== undefined && (stored?.expiresAtMs === undefined || isExpired(stored, atMs))) {
      new Sending(ctx, this.ports.names).toEntity(this.entityId(ctx), 'expire', {}, expireAfterMs);
    }
    return written;
  }
}

function retryDelayMs(
  rule: AttemptRule | undefined,
  failed: number,
  attempted: Attempted & { ok: false },
  firstMs: number,
): number | undefined {
  return rule?.retryAfterMs(failed, attempted.atMs - firstMs, attempted.error);
}
