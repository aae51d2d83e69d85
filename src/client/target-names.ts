/** Resolves the names that a client gives: entities (by id or token), their operations, and orchestrations. */
import { UnknownEntityError, UnknownOrchestrationError } from '../errors/index.js';
import { encodeInput } from '../functions/entity-input.js';
import type { recordSignal } from '../functions/signal-lambda.js';
import type { EntityToken } from '../functions/tokens.js';
import { checkOperation, checkVersion } from '../model/arguments.js';
import { isEntityId, type EntityId } from '../model/entity-id.js';
import { unknownOrchestration } from '../ports/names.js';
import type { ClientPorts } from './client-ports.js';
import type { NamedOperation } from './signal-message.js';

export class TargetNames {
  /** Number of operations that wait for a look-up of names. Later operations wait behind them, which keeps the order of the calls. */
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly ports: Pick<ClientPorts, 'classes' | 'limits' | 'names' | 'learnNames'>) {}

  /** Runs `work`. If a name is unknown, reads the names that workers have announced meanwhile, and runs `work` again. */
  withNames<T>(work: () => T): T | Promise<T> {
    try {
      return work();
    } catch (error) {
      return this.learnAfter(error).then(work);
    }
  }

  /** @throws the given error, if newly announced names cannot correct it */
  private learnAfter(error: unknown): Promise<void> {
    const unknown = error instanceof UnknownEntityError || error instanceof UnknownOrchestrationError;
    const { learnNames } = this.ports;
    if (!unknown || learnNames === undefined) throw error;
    return learnNames();
  }

  /** Like `withNames`, without a closure per message. Operations are returned in the order of the calls. */
  operation(...given: Parameters<TargetNames['operationOf']>): NamedOperation | Promise<NamedOperation> {
    if (this.waiting > 0) return this.inTurn(this.last, given);
    try {
      return this.operationOf(...given);
    } catch (error) {
      return this.inTurn(this.learnAfter(error), given);
    }
  }

  private inTurn(before: Promise<void>, given: Parameters<TargetNames['operationOf']>): Promise<NamedOperation> {
    this.waiting++;
    const operation = before.then(() => this.operationOf(...given));
    // Runs right before the caller sends this operation. Operations of later calls are sent after it.
    const done = () => {
      this.waiting--;
    };
    this.last = operation.then(done, done);
    return operation;
  }

  private operationOf(first: unknown, second: unknown, third: unknown, record: typeof recordSignal): NamedOperation {
    const { classes } = this.ports;
    if (isEntityId(first)) {
      this.checkKnown(first);
      const operation = checkOperation(second);
      return { id: first, operation, input: encodeInput(this.ports, first, operation, third) };
    }
    const token = first as EntityToken<unknown>;
    const id = classes.resolveTarget(token, second);
    const { operation, input } = record(classes, token, id, third as (proxy: never) => void);
    return { id, operation, input: encodeInput(this.ports, id, operation, input) };
  }

  checkKnown(id: EntityId): void {
    const { names } = this.ports;
    if (!names.knows('entity', id.name)) throw new UnknownEntityError(id.name, names.list('entity'));
  }

  /** @throws UnknownOrchestrationError, InvalidArgumentError */
  checkOrchestration(name: string, version: number | undefined): void | Promise<void> {
    if (version !== undefined) checkVersion(version);
    return this.withNames(() => {
      const unknown = unknownOrchestration(this.ports.names, name, version);
      if (unknown !== undefined) throw unknown;
    });
  }
}

/** Whether the first argument of `queryEntities` is a token. If not, it is the query. */
export function isToken(first: unknown): first is EntityToken<unknown> {
  try {
    return typeof first === 'function' || (typeof first === 'object' && first !== null && 'interfaceName' in first);
  } catch {
    // A revoked proxy throws here. The check of the query then refuses it.
    return false;
  }
}
