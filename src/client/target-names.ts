/** What a client names: entities by id or token, their operations, orchestrations. */
import { UnknownEntityError, UnknownOrchestrationError } from '../errors/index.js';
import type { recordSignal } from '../functions/signal-lambda.js';
import type { EntityToken } from '../functions/tokens.js';
import { checkOperation, checkVersion } from '../model/arguments.js';
import { isEntityId, type EntityId } from '../model/entity-id.js';
import { encodeWithin } from '../model/limits.js';
import { unknownOrchestration } from '../ports/names.js';
import type { ClientPorts } from './client-ports.js';
import type { NamedOperation } from './signal-message.js';

export class TargetNames {
  /** Operations whose names are looked up, or that were asked for behind such a one: they are sent in the order asked for. */
  private waiting = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly ports: Pick<ClientPorts, 'classes' | 'limits' | 'names' | 'learnNames'>) {}

  /** A name is unknown only when no worker has announced it meanwhile. */
  withNames<T>(work: () => T): T | Promise<T> {
    try {
      return work();
    } catch (error) {
      return this.learnAfter(error).then(work);
    }
  }

  /** @throws the error, when names that were announced meanwhile would not help */
  private learnAfter(error: unknown): Promise<void> {
    const unknown = error instanceof UnknownEntityError || error instanceof UnknownOrchestrationError;
    const { learnNames } = this.ports;
    if (!unknown || learnNames === undefined) throw error;
    return learnNames();
  }

  /** As `withNames`, without a closure for each message. Operations are given in the order in which they were asked for. */
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
    // Runs right before who asked for this one sends it; whoever asks later is behind that.
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
      return { id: first, operation: checkOperation(second), input: encodeWithin(this.ports.limits, third, 'input') };
    }
    const token = first as EntityToken<unknown>;
    const id = classes.resolveTarget(token, second);
    const { operation, input } = record(classes, token, id, third as (proxy: never) => void);
    return { id, operation, input: encodeWithin(this.ports.limits, input, 'input') };
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

/** Whether the first argument of a query is a token; else it is the query. */
export function isToken(first: unknown): first is EntityToken<unknown> {
  try {
    return typeof first === 'function' || (typeof first === 'object' && first !== null && 'interfaceName' in first);
  } catch {
    // What cannot be looked at is refused as a query.
    return false;
  }
}
