import { AmbiguousEntityError, InvalidArgumentError, UnknownEntityError } from '../errors/index.js';
import { EntityId, isEntityId } from '../model/entity-id.js';
import { kindOf } from '../model/text.js';
import type { ClassPlan } from './class-plan.js';
import { isClass, lineage } from './declarations.js';
import { interfaceContract } from './entity-interface.js';

/** Announcement of an entity class to other processes, which find it by the name of an interface. */
export interface AnnouncedEntity {
  /** Name of the entity in lower case. */
  readonly name: string;
  /** Names of the interfaces that the class implements. */
  readonly interfaces: readonly string[];
}

export function announced(entityClasses: ReadonlyMap<string, ClassPlan>): AnnouncedEntity[] {
  return Array.from(entityClasses, ([name, plan]) => ({
    name,
    interfaces: Array.from(plan.interfaces, (token) => (token as { interfaceName: string }).interfaceName),
  }));
}

/** The name of a token in messages. @throws InvalidArgumentError if the value is not a token */
export function tokenName(token: unknown): string {
  if (isClass(token)) return token.name;
  if (interfaceContract(token) !== undefined) return (token as { interfaceName: string }).interfaceName;
  throw new InvalidArgumentError(
    'token',
    token === undefined ? 'it is undefined (a circular import?)' : 'it is neither a class nor made by entityInterface',
    'Give the class of the entity, or the token of an interface that it implements.',
  );
}

/** The number of ids that are kept. */
const recentMax = 1_000;

/** Finds the entity that a token and a target name. */
export class Targets {
  /** Recent ids by name and key: a new id is checked, and its text is built and hashed, at each use. */
  private readonly recent = new Map<string, Map<string, EntityId>>();
  private recentCount = 0;
  /** Names of the entities found by token. The registered classes do not change. */
  private readonly found = new WeakMap<object, string[]>();

  constructor(
    private readonly entityClasses: ReadonlyMap<string, ClassPlan>,
    private readonly names: readonly string[],
    private readonly elsewhere: () => readonly AnnouncedEntity[],
  ) {}

  resolve(token: unknown, target: unknown): EntityId {
    const name = tokenName(token);
    if (isEntityId(target)) return target;
    if (typeof target !== 'string') {
      throw new InvalidArgumentError(
        'target',
        `the key is ${kindOf(target)}`,
        'Give a string (`String(key)`) if exactly one registered class implements the token, or an EntityId.',
      );
    }
    const candidates = this.candidates(token, name);
    if (candidates.length === 1) return this.idOf(candidates[0]!, target);
    if (candidates.length > 1) throw new AmbiguousEntityError(name, candidates);
    throw new UnknownEntityError(name, this.names, `Could not find any entity implementing ${name}.`);
  }

  private idOf(name: string, key: string): EntityId {
    const known = this.recent.get(name)?.get(key);
    if (known !== undefined) return known;
    const id = new EntityId(name, key);
    if (this.recentCount++ === recentMax) {
      this.recent.clear();
      this.recentCount = 1;
    }
    const ofName = this.recent.get(name);
    if (ofName === undefined) this.recent.set(name, new Map([[key, id]]));
    else ofName.set(key, id);
    return id;
  }

  /** The name of the one entity that implements a token. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  nameOf(token: unknown): string {
    const name = tokenName(token);
    const candidates = this.candidates(token, name);
    if (candidates.length > 1) throw new AmbiguousEntityError(name, candidates, 'the query needs one of them');
    if (candidates.length === 1) return candidates[0]!;
    throw new UnknownEntityError(name, this.names, `Could not find any entity implementing ${name}.`);
  }

  private candidates(token: unknown, name: string): string[] {
    let own = this.found.get(token as object);
    if (own === undefined) {
      own = isClass(token) ? this.ofClass(token) : this.ofInterface(token as object);
      this.found.set(token as object, own);
    }
    if (own.length > 0) return own;
    const others = this.elsewhere();
    return isClass(token)
      ? []
      : [...new Set(others.filter((entity) => entity.interfaces.includes(name)).map((entity) => entity.name))];
  }

  /** The entity of the class itself, or the entities of the classes that extend it if the class itself is not registered. */
  private ofClass(type: object): string[] {
    const plans = [...this.entityClasses];
    const exact = plans.filter(([, plan]) => plan.type === type);
    const found =
      exact.length > 0 ? exact : plans.filter(([, plan]) => (lineage(plan.type) as object[]).includes(type));
    return found.map(([name]) => name);
  }

  private ofInterface(token: object): string[] {
    return [...this.entityClasses].filter(([, plan]) => plan.interfaces.has(token)).map(([name]) => name);
  }
}
