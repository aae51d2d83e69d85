import { whenAborted } from '../core/when-aborted.js';
import {
  EntityConstructionError,
  InvalidArgumentError,
  InvalidOperationError,
  LimitExceededError,
  SerializationError,
  StateDeserializationError,
  UnknownEntityError,
  UnknownOperationError,
} from '../errors/index.js';
import type { SignalOptions, StartOptions } from '../functions/call-options.js';
import type { ContextLog } from '../functions/context-log.js';
import type { EntityContext } from '../functions/entity-context.js';
import type { OrchestrationReference } from '../functions/references.js';
import { encodeInput } from '../functions/entity-input.js';
import { startOptions } from '../functions/option-names.js';
import { recordSignal } from '../functions/signal-lambda.js';
import { StoredStateProblem, type StateType } from '../functions/state-type.js';
import type { EntityToken, SignalProxy } from '../functions/tokens.js';
import { EntityId, isEntityId } from '../model/entity-id.js';
import { checkOptions } from '../model/options.js';
import { decodeValue, toTree } from '../model/values.js';
import type { EntityEffect, OperationRequest, TurnEnvironment } from '../ports/user-code.js';
import { checkOperation, checkSignalOptions } from '../model/arguments.js';
import { checkStart } from '../model/run-start.js';
import { AbsentInOperations } from './absent-members.js';
import { cancellationOf, checkOrchestration } from './arguments.js';
import { contextLog, traceField } from './log-line.js';
import type { LiveState, StateSlot } from './state-slot.js';
import type { RuntimeSupport } from './support.js';

/** The state that an operation left. */
export type LeftState = 'untouched' | 'deleted' | LiveState;

/** Context of one operation: its view of the state, and its effects. */
export class OperationContext extends AbsentInOperations implements EntityContext {
  readonly operationName: string;
  /** Messages and starts that are sent when the operation commits. */
  readonly effects: EntityEffect[] = [];
  result: { readonly value: unknown } | undefined = undefined;
  left: LeftState = 'untouched';
  /** Whether `left` is plain data of `setState`, which a later `getState` may still convert to a type. */
  private plain = false;
  private input: { readonly value: unknown } | undefined = undefined;
  private ended = false;
  private sentBytes = 0;
  private contextLog: ContextLog | undefined = undefined;
  /** Created when the code reads its signal. An abort by the worker is passed on until `unfollow` is called. */
  private giveUp: { readonly aborter: AbortController; readonly unfollow: () => void } | undefined = undefined;

  constructor(
    protected readonly id: EntityId,
    private readonly request: OperationRequest,
    private readonly environment: TurnEnvironment,
    protected readonly slot: StateSlot,
    protected readonly support: RuntimeSupport,
  ) {
    super();
    this.operationName = request.operation;
  }

  /** Ends the operation. Every later use of the context throws. */
  end(): void {
    this.ended = true;
    this.giveUp?.unfollow();
  }

  /** Aborts the signal of the operation. */
  abort(reason: unknown): void {
    this.giveUp ??= { aborter: new AbortController(), unfollow: () => {} };
    this.giveUp.aborter.abort(reason);
  }

  private alive(member: string): void {
    if (!this.ended) return;
    throw new InvalidOperationError(
      `context.${member} was used after operation ${JSON.stringify(this.operationName)} of ${this.id.toString()} had ended.`,
      'Await everything that the operation starts before it returns, and do not keep its context.',
    );
  }

  get entityId(): EntityId {
    this.alive('entityId');
    return this.id;
  }

  get entityName(): string {
    return this.entityId.name;
  }

  get entityKey(): string {
    return this.entityId.key;
  }

  get instanceId(): string {
    return this.entityId.toString();
  }

  get signal(): AbortSignal {
    // Listeners of an aborted signal may read it after the operation has ended.
    if (this.giveUp?.aborter.signal.aborted !== true) this.alive('signal');
    const { signal } = this.environment;
    if (this.giveUp === undefined) {
      const aborter = new AbortController();
      if (signal.aborted) aborter.abort(signal.reason);
      this.giveUp = { aborter, unfollow: whenAborted(signal, () => aborter.abort(signal.reason)) };
    }
    return this.giveUp.aborter.signal;
  }

  get log(): ContextLog {
    const { environment, operationName: operation, request } = this;
    // The id is read from the field: a line may be written after the operation has ended.
    const { name: entity, key } = this.id;
    const trace = traceField(request.trace);
    this.contextLog ??= contextLog((level, fields, message) =>
      environment.log?.(level, { entity, key }, { operation, ...trace, ...fields }, message),
    );
    return this.contextLog;
  }

  get fencingToken(): number {
    this.alive('fencingToken');
    return this.environment.fencingToken(this.id.toString());
  }

  get hasState(): boolean {
    this.alive('hasState');
    return this.left === 'untouched' ? this.slot.exists : this.left !== 'deleted';
  }

  getInput<T>(): T {
    this.alive('getInput');
    this.input ??= { value: decodeValue(this.request.input) };
    return this.input.value as T;
  }

  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  getState<T>(initial: (new (...args: any[]) => T) | StateType<T>): T;
  getState<T>(initial: () => T): T;
  getState<T>(): T | undefined;
  getState(initial?: unknown): unknown {
    this.alive('getState');
    const type = this.typeOf(initial);
    const { left } = this;
    if (typeof left === 'object') return this.again(left, type, initial);
    if (left === 'untouched' && this.slot.exists) {
      const opened = this.open(type);
      this.left = opened;
      return opened.value;
    }
    if (type !== undefined) this.left = { type, value: this.construct(() => type.create()) };
    else if (typeof initial === 'function') this.left = { type: undefined, value: (initial as () => unknown)() };
    else return undefined;
    return this.left.value;
  }

  /** Returns a state that this operation has read or set before. */
  private again(live: LiveState, type: StateType<unknown> | undefined, initial: unknown): unknown {
    if (type === undefined || live.type === type) return live.value;
    if (live.type !== undefined || !this.plain) {
      throw new InvalidOperationError(
        `The state of ${this.id.toString()} was read as ${live.type?.typeName ?? 'plain data'} before, now as ${type.typeName}.`,
        'Use one type for the state within an operation.',
        initial,
      );
    }
    // `setState({...})` before `dispatch(Class)`: custom initialisation by plain data.
    this.plain = false;
    const typed = { type, value: this.restored(type, live.value) };
    this.left = typed;
    return typed.value;
  }

  private open(type: StateType<unknown> | undefined): LiveState {
    try {
      return this.slot.open(type);
    } catch (error) {
      throw this.unrestored(error);
    }
  }

  private restored(type: StateType<unknown>, plain: unknown): unknown {
    try {
      return type.restore(toTree(plain, 'state'));
    } catch (error) {
      throw this.unrestored(error);
    }
  }

  private typeOf(initial: unknown): StateType<unknown> | undefined {
    if (initial === undefined) return undefined;
    if (typeof initial === 'function') {
      return isClass(initial)
        ? this.support.classes.stateTypeOf(initial as new (...args: never[]) => unknown)
        : undefined;
    }
    if (isStateType(initial)) return initial;
    throw new InvalidArgumentError(
      'initial',
      `it is ${initial === null ? 'null' : typeof initial}`,
      'Give a function that returns the state, or a class.',
    );
  }

  /** The error if the stored state cannot be read as the type that the code asks for. */
  private unrestored(error: unknown): Error {
    if (error instanceof StoredStateProblem) {
      return new StateDeserializationError(this.id, this.operationName, error.path, error.problem, error.cause);
    }
    // A SyntaxError means that the stored text is not JSON.
    if (error instanceof SerializationError || (error instanceof SyntaxError && !this.slot.readable)) {
      return new StateDeserializationError(this.id, this.operationName, 'state', error.message, error);
    }
    return new EntityConstructionError(this.id, this.operationName, error);
  }

  private construct(create: () => unknown): unknown {
    try {
      return create();
    } catch (error) {
      throw new EntityConstructionError(this.id, this.operationName, error);
    }
  }

  setState(value: unknown): void {
    this.alive('setState');
    if (value === undefined || value === null) return this.deleteState();
    const { left } = this;
    if (typeof left === 'object' && left.value === value) return;
    this.plain = true;
    this.left = { type: undefined, value };
  }

  deleteState(): void {
    this.alive('deleteState');
    this.left = 'deleted';
    this.plain = false;
  }

  destructOnExit(): void {
    this.deleteState();
  }

  return(value: unknown): void {
    this.alive('return');
    this.result = { value };
  }

  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityId | string,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;
  signalEntity(first: unknown, second: unknown, third?: unknown, options?: SignalOptions): void {
    this.alive('signalEntity');
    const { target, operation, input } = signalOf(this.support, first, second, third);
    const { dueMs, name, everyMs } = checkSignalOptions(options);
    this.effects.push({ kind: 'signal', target, operation, input, dueMs, name, everyMs });
    this.count(input);
  }

  cancelSignal(first: unknown, second: unknown, third?: unknown): void {
    this.alive('cancelSignal');
    this.effects.push({ kind: 'cancelSignal', ...cancellationOf(this.support, first, second, third) });
    this.count(undefined);
  }

  startNewOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output> | string,
    options?: StartOptions<Input>,
  ): string {
    this.alive('startNewOrchestration');
    const {
      input,
      instanceId: chosen,
      version,
      details,
    } = checkStart(checkOptions(options, startOptions), this.support.limits);
    const name = checkOrchestration(this.support, orchestration, version);
    const instanceId = chosen ?? this.environment.newInstanceId();
    this.effects.push({ kind: 'start', name, instanceId, input, fresh: chosen === undefined, version, details });
    this.count(input);
    return instanceId;
  }

  /** @throws LimitExceededError if the operation sends more than `turnMessages` or `turnBytes` */
  private count(input: string | undefined): void {
    const { turnMessages, turnBytes } = this.support.limits;
    this.sentBytes += input?.length ?? 0;
    if (this.effects.length > turnMessages) {
      throw new LimitExceededError('what the operation sends', 'turnMessages', turnMessages);
    }
    if (this.sentBytes > turnBytes) throw new LimitExceededError('what the operation sends', 'turnBytes', turnBytes);
  }

  dispatch(type: unknown, ...values: unknown[]): unknown {
    this.alive('dispatch');
    return this.support.classes.dispatch(this, type, values);
  }

  unknownOperation(): never {
    throw new UnknownOperationError(this.id, this.operationName);
  }
}

/** A signal given as `(id, operation, input)` or `(token, target, lambda)`. */
export function signalOf(
  support: RuntimeSupport,
  first: unknown,
  second: unknown,
  third: unknown,
): { target: string; operation: string; input: string | undefined } {
  const { classes, directory } = support;
  if (isEntityId(first)) {
    if (!directory.knows('entity', first.name)) throw new UnknownEntityError(first.name, directory.list('entity'));
    const operation = checkOperation(second);
    return { target: first.toString(), operation, input: encodeInput(support, first, operation, third) };
  }
  const token = first as EntityToken<unknown>;
  const id = classes.resolveTarget(token, second);
  const { operation, input } = recordSignal(classes, token, id, third as (proxy: never) => void);
  return { target: id.toString(), operation, input: encodeInput(support, id, operation, input) };
}

function isStateType(value: unknown): value is StateType<unknown> {
  try {
    return typeof value === 'object' && value !== null && 'restore' in value;
  } catch {
    return false;
  }
}

/** Classes that were seen. The text of a function is read only once for each class, and never for an arrow function. */
const classes = new WeakSet<object>();

function isClass(value: object): boolean {
  if (classes.has(value)) return true;
  if (!Object.hasOwn(value, 'prototype') || !/^class\b/.test(Function.prototype.toString.call(value))) return false;
  classes.add(value);
  return true;
}
