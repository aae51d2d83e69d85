import { InvalidArgumentError } from '../errors/index.js';
import type { StateType } from '../functions/index.js';
import type { ClassSupport, OfferedOperation } from '../functions/support.js';
import { fromTree, type Json } from '../model/values.js';
import type { EntityId } from '../model/entity-id.js';
import { bundledNameWarnings } from './bundled-names.js';
import { planOf, type ClassPlan } from './class-plan.js';
import { Services, type ServiceOptions } from './construction/services.js';
import { isClass, runnableDeclaration, type AnyClass } from './declarations.js';
import { dispatchTo } from './dispatch.js';
import { interfaceContract } from './entity-interface.js';
import { jsonSchemaOf } from './input.js';
import { proxiedEntity, proxyMaker, type ProxyMaker } from './proxies.js';
import { toDefinitions, type Definition, type Registered } from './registration.js';
import { StateTypes } from './state-types.js';
import { annotationWarnings } from './state/annotation-warnings.js';
import { frozen, viewOfClass } from './state/state-view.js';
import { schemaOf } from './state/class-schema.js';
import { currentForm, unversioned } from './state/stored-version.js';
import { checkAnnotationsAreRead } from './state/transformer-metadata.js';
import { TaskStateType } from './state/task-state-type.js';
import { announced, Targets, tokenName, type AnnouncedEntity } from './targets.js';

export interface ClassSupportOptions extends ServiceOptions {
  /** Decorated classes and definitions, as given to `register`. */
  readonly registered: readonly unknown[];
  /** Entities that other processes announced. Used if no class registered here implements an interface. */
  readonly elsewhere?: (() => readonly AnnouncedEntity[]) | undefined;
}

/** An operation that a class declares. */
export interface DeclaredOperation {
  readonly name: string;
  readonly kind: 'call' | 'signal';
  readonly readOnly: boolean;
  /** JSON Schema of the input. `undefined` if it is not known. */
  readonly input: unknown;
}

/** The class layer of one host or client. */
export interface ClassLayer extends ClassSupport {
  /** All registered classes and definitions, as plain definitions. */
  readonly definitions: readonly Definition[];
  /** Announcements of the entity classes registered here. */
  readonly announced: readonly AnnouncedEntity[];
  /** The operations of an entity class, by the name of the entity in lower case. `undefined` if no class is registered under this name. */
  declaredOperations(entity: string): readonly DeclaredOperation[] | undefined;
  /** Warnings about the classes, for the log of a starting host. */
  readonly warnings: readonly string[];
  /** Checks that each service of the registered classes can be found or built: see `Services.check`. @throws RegistrationError */
  check(): void;
  /** Completes the checks that must precede the building of objects: see `Services.prepare` and `checkAnnotationsAreRead`. @throws RegistrationError */
  prepare(): Promise<void>;
}

/** @throws RegistrationError, InvalidEntityInterfaceError with all problems of `registered` */
export function createClassSupport(options: ClassSupportOptions): ClassLayer {
  const services = new Services(options);
  return new Layer(services, toDefinitions(options.registered, services), options.elsewhere ?? (() => []));
}

class Layer implements ClassLayer {
  readonly definitions: readonly Definition[];
  readonly announced: readonly AnnouncedEntity[];
  readonly warnings: readonly string[];
  private readonly targets: Targets;
  private readonly stateTypes: StateTypes;
  private readonly makers = new WeakMap<object, ProxyMaker>();

  constructor(
    private readonly services: Services,
    private readonly registered: Registered,
    elsewhere: () => readonly AnnouncedEntity[],
  ) {
    this.definitions = registered.definitions;
    this.announced = announced(registered.entityClasses);
    this.warnings = [
      ...bundledNameWarnings(registered.classes),
      ...[...registered.entityClasses.values()].flatMap(({ type }) => annotationWarnings(type)),
    ];
    const names = registered.definitions.filter(({ kind }) => kind === 'entity').map(({ name }) => name);
    this.targets = new Targets(registered.entityClasses, names, elsewhere);
    this.stateTypes = new StateTypes(services);
  }

  check(): void {
    this.services.check(this.registered.classes);
  }

  declaredOperations(entity: string): readonly DeclaredOperation[] | undefined {
    return this.registered.entityClasses.get(entity)?.operations.entries.map(({ name, kind, readOnly, schema }) => ({
      name,
      kind,
      readOnly,
      input: jsonSchemaOf(schema),
    }));
  }

  async prepare(): Promise<void> {
    if (this.registered.classes.length > 0) await checkAnnotationsAreRead();
    await this.services.prepare(this.registered.classes);
  }

  resolveTarget(token: unknown, target: unknown): EntityId {
    return this.targets.resolve(token, target);
  }

  entityName(token: unknown): string {
    return this.targets.nameOf(token);
  }

  createProxy(token: unknown, id: EntityId, sender: Parameters<ClassSupport['createProxy']>[2]): object {
    let maker = this.makers.get(token as object);
    if (maker === undefined) {
      maker = proxyMaker(tokenName(token), this.operationsOf(token));
      this.makers.set(token as object, maker);
    }
    return maker(id, sender);
  }

  proxiedEntity(proxy: unknown): EntityId | undefined {
    return proxiedEntity(proxy);
  }

  operationsOf(token: unknown): readonly OfferedOperation[] {
    if (isClass(token)) return planOf(token).operations.entries;
    const contract = interfaceContract(token);
    if (contract === undefined) tokenName(token);
    return Array.from(contract!.kinds, ([name, kind]) => ({ name, method: name, kind }));
  }

  dispatch(...[context, type, values, initialized]: Parameters<ClassSupport['dispatch']>): unknown {
    return dispatchTo(context, type, values, this.stateTypes, initialized);
  }

  stateTypeOf(type: new (...args: never[]) => unknown): StateType<unknown> {
    if (!isClass(type)) throw new InvalidArgumentError('getState', 'its argument is a function that is not a class');
    return this.stateTypes.ofAny(type);
  }

  readsInput(id: EntityId, operation: string): boolean {
    const { entityClasses, definitions } = this.registered;
    const plan = entityClasses.get(id.name);
    if (plan === undefined)
      return !definitions.some(({ kind, name }) => kind === 'entity' && name.toLowerCase() === id.name);
    const found = plan.operations.find(operation);
    return found === undefined || found.revive !== undefined || found.schema !== undefined;
  }

  viewState(id: EntityId, stored: Json, token?: unknown): unknown {
    const plan = this.registered.entityClasses.get(id.name) ?? (isClass(token) ? planOf(token) : undefined);
    if (plan === undefined) return frozen(fromTree(unversioned(stored)));
    const type = this.learn(plan);
    if (type !== undefined) return viewOfClass(stored, schemaOf(type), plan.declaration);
    return frozen(fromTree(currentForm(stored, plan.declaration)));
  }

  orchestrationName(reference: unknown): string {
    return runnableName('orchestration', reference);
  }

  activityName(reference: unknown): string {
    return runnableName('activity', reference);
  }

  /**
   * The class whose fields are stored. `undefined` if the state is plain data. Builds one object, once, to learn the fields of the class. If
   * the object cannot be built, e.g. because its services are missing, only annotated fields are known.
   */
  private learn(plan: ClassPlan): AnyClass | undefined {
    const stateType = this.stateTypes.ofClass(plan, []);
    const known = stateType instanceof TaskStateType ? stateType.known : schemaOf(plan.type).hasSample;
    if (!known) {
      try {
        stateType.create();
      } catch {
        if (!plan.isTask) schemaOf(plan.type).learnAnnotated();
      }
    }
    return stateType instanceof TaskStateType ? stateType.classOfState : plan.type;
  }
}

function definedName(kind: 'activity' | 'orchestration', reference: unknown): string | undefined {
  try {
    if (typeof reference !== 'object' || reference === null) return undefined;
    const given = reference as { readonly kind?: unknown; readonly name?: unknown };
    const { name } = given;
    return given.kind === kind && typeof name === 'string' ? name : undefined;
  } catch {
    // A revoked proxy throws here. It is not a definition.
    return undefined;
  }
}

function runnableName(kind: 'activity' | 'orchestration', reference: unknown): string {
  if (typeof reference === 'string' && reference !== '') return reference;
  if (isClass(reference)) {
    const declaration = runnableDeclaration(reference);
    if (declaration?.kind === kind) return declaration.options.name ?? reference.name;
  } else {
    const defined = definedName(kind, reference);
    if (defined !== undefined) return defined;
  }
  const what = isClass(reference)
    ? `the class ${reference.name}`
    : reference === undefined
      ? 'undefined (a circular import?)'
      : 'it';
  throw new InvalidArgumentError(
    kind,
    `${what} is not an ${kind}`,
    `Give a name, a result of define${kind === 'activity' ? 'Activity' : 'Orchestration'}, or a decorated class.`,
  );
}
