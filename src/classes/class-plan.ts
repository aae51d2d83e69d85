/** Plan of an entity class for dispatch, proxies and registration. It is computed once per class. */
import 'reflect-metadata';
import { attemptsProblem } from '../functions/attempts.js';
import type { AttemptOptions, EntityInterface, OperationKind } from '../functions/index.js';
import type { OfferedOperation } from '../functions/support.js';
import {
  entityDeclaration,
  isClass,
  lineage,
  operationDeclarations,
  type AnyClass,
  type EntityDeclaration,
  type OperationDeclaration,
} from './declarations.js';
import { ownMetadata } from './decorator-dialects.js';
import { interfaceContract } from './entity-interface.js';
import { listOf } from '../model/options.js';
import { isInputSchema, validated, type InputSchema } from './input.js';
import { isReservedName, unknownOptions } from './names.js';
import { OperationTable } from './operation-table.js';
import { inputReviver } from './state/input-reader.js';
import { TaskEntity } from './task-entity.js';

/** Converts or validates the input of an operation. May be asynchronous. @throws the error that `refuse` makes of a problem, StoredStateProblem */
export type InputReviver = (input: unknown, refuse: (problem: string) => Error) => unknown;

export interface ClassOperation extends OfferedOperation {
  /** Whether this is the `delete` of a class without a method of that name. */
  readonly implicit: boolean;
  /** Whether the operation is declared read-only. */
  readonly readOnly: boolean;
  readonly revive: InputReviver | undefined;
  /** The Standard Schema that validates the input. Absent without one. */
  readonly schema?: InputSchema<unknown> | undefined;
  /** The class of the input. Absent without one. */
  readonly inputClass?: AnyClass | undefined;
  /** Declared time limit and retry policy. Absent if none is declared. */
  readonly attempts?: AttemptOptions | undefined;
}

export interface ClassPlan {
  readonly type: AnyClass;
  readonly declaration: EntityDeclaration;
  readonly operations: OperationTable<ClassOperation>;
  /** Public methods that are not operations. A proxy refuses them by name. */
  readonly otherMethods: readonly string[];
  /** Tokens of all interfaces, including those that they extend. */
  readonly interfaces: ReadonlySet<object>;
  readonly isTask: boolean;
  readonly problems: readonly string[];
  /** Problems by interface: the methods that the class lacks. */
  readonly interfaceProblems: ReadonlyMap<string, readonly string[]>;
}

const operationOptions = ['name', 'oneWay', 'input', 'readOnly', 'timeout', 'retry'];

const plans = new WeakMap<AnyClass, ClassPlan>();

export function planOf(type: AnyClass): ClassPlan {
  let plan = plans.get(type);
  if (plan === undefined) plans.set(type, (plan = new Planner(type).plan()));
  return plan;
}

class Planner {
  private readonly problems: string[] = [];
  private readonly interfaceProblems = new Map<string, string[]>();
  private readonly interfaces = new Set<object>();
  private readonly operations = new OperationTable<ClassOperation>();
  private readonly prototype: object;

  constructor(private readonly type: AnyClass) {
    this.prototype = type.prototype as object;
  }

  plan(): ClassPlan {
    const kinds = this.interfaceKinds();
    const declared = this.declaredOperations();
    for (const declaration of declared.values()) this.addDeclared(declaration, kinds);
    this.addFromInterfaces(kinds);
    this.addDelete();
    const taken = new Set(this.operations.entries.map((entry) => entry.method));
    return {
      type: this.type,
      declaration: entityDeclaration(this.type) ?? {},
      operations: this.operations,
      otherMethods: methodNames(this.prototype).filter((name) => !taken.has(name)),
      interfaces: this.interfaces,
      isTask: this.prototype instanceof TaskEntity,
      problems: this.problems,
      interfaceProblems: this.interfaceProblems,
    };
  }

  /** The operations of all interfaces, with the token that names each. A call wins over a signal of the same name. */
  private interfaceKinds(): Map<string, { kind: OperationKind; from: string }> {
    const kinds = new Map<string, { kind: OperationKind; from: string }>();
    for (const token of lineage(this.type).flatMap((step) => this.implementedBy(step))) {
      const contract = interfaceContract(token);
      if (contract === undefined) continue;
      for (const each of [token, ...contract.bases]) this.interfaces.add(each);
      for (const [operation, kind] of contract.kinds) {
        if (kinds.get(operation)?.kind !== 'call') kinds.set(operation, { kind, from: token.interfaceName });
      }
    }
    return kinds;
  }

  private implementedBy(step: AnyClass): readonly EntityInterface<unknown>[] {
    return (listOf(entityDeclaration(step)?.implements) ?? []) as readonly EntityInterface<unknown>[];
  }

  /** Declarations by method. The declaration of a subclass replaces that of its base. */
  private declaredOperations(): Map<string, OperationDeclaration> {
    const declared = new Map<string, OperationDeclaration>();
    for (const step of lineage(this.type).reverse()) {
      for (const declaration of declarationsOf(step)) {
        const problem = declarationProblem(declaration);
        if (problem === undefined) declared.set(String(declaration.method), declaration);
        else this.problems.push(`${step.name}.${String(declaration.method)}: ${problem}`);
      }
    }
    return declared;
  }

  private addDeclared(declaration: OperationDeclaration, kinds: ReadonlyMap<string, { kind: OperationKind }>): void {
    const method = declaration.method as string;
    const name = declaration.name ?? method;
    const stated = kinds.get(name)?.kind;
    const where = `${this.type.name}.${method}`;
    const { timeout, retry } = declaration;
    this.problems.push(...unknownOptions(`@Operation of ${where}`, declaration.options, operationOptions));
    const problem = attemptsProblem({ timeout, retry }, entityDeclaration(this.type)?.effects);
    if (problem !== undefined) this.problems.push(`${where}: ${problem}`);
    const readOnly: unknown = declaration.readOnly;
    if (readOnly !== undefined && typeof readOnly !== 'boolean')
      this.problems.push(`${where}: readOnly is ${typeof readOnly}, not a boolean`);
    if (readOnly === true && (declaration.oneWay === true || stated === 'signal'))
      this.problems.push(`${where}: it is readOnly and one-way, so it would do nothing at all`);
    if (declaration.oneWay === true && stated === 'call') {
      this.problems.push(`${where}: it is oneWay here and a call in its interface`);
    }
    if (declaration.oneWay === true && this.designOf('design:returntype', method) === Promise) {
      this.problems.push(`${where}: a one-way operation returns void, not a Promise; use an interface token`);
    }
    this.add({
      name,
      method,
      kind: declaration.oneWay === true ? 'signal' : (stated ?? 'call'),
      implicit: false,
      readOnly: readOnly === true,
      revive: this.reviver(where, declaration.input),
      schema: isInputSchema(declaration.input) ? declaration.input : undefined,
      inputClass: isClass(declaration.input) && !isInputSchema(declaration.input) ? declaration.input : undefined,
      attempts: timeout === undefined && retry === undefined ? undefined : { timeout, retry },
    });
  }

  private addFromInterfaces(kinds: ReadonlyMap<string, { kind: OperationKind; from: string }>): void {
    for (const [name, { kind, from }] of kinds) {
      if (this.operations.entries.some((entry) => entry.name === name)) continue;
      if (isMethod(this.prototype, name)) {
        this.add({ name, method: name, kind, implicit: false, readOnly: false, revive: undefined });
      } else if (name === 'delete')
        this.operations.add({ name, method: name, kind, implicit: true, readOnly: false, revive: undefined });
      else this.lacks(from, name);
    }
  }

  /** Adds `delete`, which every entity has. A method of that name serves it. */
  private addDelete(): void {
    if (this.operations.conflict('delete') !== undefined) return;
    const implicit = !isMethod(this.prototype, 'delete');
    this.operations.add({
      name: 'delete',
      method: 'delete',
      kind: 'call',
      implicit,
      readOnly: false,
      revive: undefined,
    });
  }

  private add(operation: ClassOperation): void {
    const where = `${this.type.name}.${operation.method}`;
    const other = this.operations.conflict(operation.name);
    if (other !== undefined) {
      const same = other.name === operation.name ? 'are both named' : 'differ only in case:';
      this.problems.push(`${this.type.name}: ${other.method} and ${operation.method} ${same} ${operation.name}`);
      return;
    }
    if (isReservedName(operation.method)) {
      this.problems.push(`${where}: a method of this name cannot be an operation, JavaScript calls it on its own`);
    }
    if (this.parameterCount(operation.method) > 1) {
      this.problems.push(`${where}: an operation has at most one parameter`);
    }
    this.operations.add(operation);
  }

  /** Number of parameters. Emitted metadata, where it exists, also counts parameters with defaults; `length` does not. */
  private parameterCount(method: string): number {
    const emitted = this.designOf('design:paramtypes', method);
    const implementation: unknown = (this.prototype as Record<string, unknown>)[method];
    return Math.max(
      Array.isArray(emitted) ? emitted.length : 0,
      typeof implementation === 'function' ? implementation.length : 0,
    );
  }

  private designOf(key: string, method: string): unknown {
    for (let step: object | null = this.prototype; step !== null; step = Object.getPrototypeOf(step) as object | null) {
      if (Object.hasOwn(step, method)) return Reflect.getOwnMetadata(key, step, method);
    }
    return undefined;
  }

  private reviver(where: string, input: unknown): InputReviver | undefined {
    if (input === undefined) return undefined;
    try {
      if (isInputSchema(input)) return (value, refuse) => validated(input, value, refuse);
      return inputReviver(input);
    } catch {
      this.problems.push(`${where}: its input option is neither a class nor a Standard Schema`);
      return undefined;
    }
  }

  private lacks(interfaceName: string, operation: string): void {
    const problem = `${this.type.name} has no method ${operation}`;
    const known = this.interfaceProblems.get(interfaceName);
    if (known === undefined) this.interfaceProblems.set(interfaceName, [problem]);
    else known.push(problem);
  }
}

/** The declarations of the class itself, of both dialects of decorators. */
function declarationsOf(type: AnyClass): readonly OperationDeclaration[] {
  const metadata = ownMetadata(type);
  return [
    ...operationDeclarations(type.prototype as object),
    ...operationDeclarations(type),
    ...(metadata === undefined ? [] : operationDeclarations(metadata)),
  ];
}

function declarationProblem(declaration: OperationDeclaration): string | undefined {
  if (declaration.isStatic) return 'a static method cannot be an operation';
  if (declaration.isPrivate === true) return 'a private method cannot be an operation: use `private add()`, without #';
  if (typeof declaration.method === 'symbol') return 'an operation is named by a string';
  if (!declaration.isMethod) return 'only a method can be an operation';
  const name: unknown = declaration.name;
  if (name !== undefined && (typeof name !== 'string' || name === '')) return 'its name is not a non-empty string';
  const oneWay: unknown = declaration.oneWay;
  if (oneWay !== undefined && typeof oneWay !== 'boolean') return 'its oneWay is neither true nor false';
  return undefined;
}

function isMethod(prototype: object, name: string): boolean {
  return methodNames(prototype).includes(name);
}

/** Names of the methods of the class and its bases, without accessors and without methods of `Object.prototype`. */
function methodNames(prototype: object): string[] {
  const names = new Set<string>();
  for (
    let step: object | null = prototype;
    step !== null && step !== Object.prototype;
    step = Object.getPrototypeOf(step) as object | null
  ) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(step))) {
      if (name !== 'constructor' && typeof descriptor.value === 'function') names.add(name);
    }
  }
  return [...names];
}
