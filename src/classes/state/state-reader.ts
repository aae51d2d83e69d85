/**
 * Reads stored JSON into an object that its constructor has already built. Stored fields are set; all others keep the values of the
 * constructor. Collections are replaced, never merged.
 */
import type { TypeHelpOptions } from 'class-transformer/types/interfaces/index.js';
import { StoredStateProblem } from '../../functions/state-type.js';
import { fromTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { makeBlank } from './blank.js';
import { schemaOf, type ClassSchema, type Field } from './class-schema.js';
import { keyStep, setOwn } from './plain-writer.js';
import { typeText, Whereabouts, type Step } from './problems.js';
import { notConvertible, toScalar } from './scalars.js';
import type { ClassShape, ScalarKind, ScalarShape, Shape, TypedShape } from './shapes.js';
import { applyTransforms } from './transformer-metadata.js';

type JsonObject = { [key: string]: Json };

/** Maximum number of steps. Written states are at most 500 objects deep, with one step into each object. */
const depthMax = 510;
const stepsShown = 10;

export class StateReader {
  protected readonly where: Whereabouts;

  /** @param root text before the first step of a path */
  constructor(root = '') {
    this.where = new Whereabouts(root);
  }

  /** Sets the stored fields of an object. @throws StoredStateProblem for every problem */
  populate(target: object, stored: JsonObject, schema: ClassSchema, missingMembers: 'ignore' | 'error'): void {
    this.guarded(() => {
      if (missingMembers === 'error') this.refuseUnknown(stored, schema);
      this.fields(target, stored, schema);
    });
  }

  /** Reads a value outside an object: the state of a TaskEntity, or an input. @throws StoredStateProblem */
  value(shape: Shape, stored: Json, existing?: unknown): unknown {
    const help = { newObject: {}, object: {}, property: '' };
    return this.guarded(() => this.shaped(shape, stored, existing, help));
  }

  private guarded<R>(read: () => R): R {
    try {
      return read();
    } catch (error) {
      if (error instanceof StoredStateProblem) throw error;
      return this.refuse(error instanceof Error ? error.message : String(error), error);
    }
  }

  private refuseUnknown(stored: JsonObject, schema: ClassSchema): void {
    for (const name of Object.keys(stored)) {
      if (schema.storedAs(name) !== undefined) continue;
      this.where.steps.push(name);
      this.refuse(`${schema.type.name} has no such field, and missingMembers is 'error'`);
    }
  }

  protected fields(target: object, stored: JsonObject, schema: ClassSchema): void {
    for (const field of schema.fields) {
      if (!field.reads) continue;
      if (Object.hasOwn(stored, field.stored)) this.field(target, field, stored);
      else this.absent(target, field, stored);
    }
  }

  /** Called for a field that is not stored. Overridden where no constructed object holds the default. */
  protected absent(_target: object, _field: Field, _stored: JsonObject): void {}

  protected field(target: object, field: Field, stored: JsonObject): void {
    const value = stored[field.stored] as Json;
    if (field.readTransforms.length === 0 && typeof value === field.shape.kind) {
      setOwn(target as JsonObject, field.key, value);
      return;
    }
    this.push(field.key);
    setOwn(target as JsonObject, field.key, this.fieldValue(target, field, value, stored));
    this.where.steps.pop();
  }

  private fieldValue(target: object, field: Field, value: Json, stored: JsonObject): unknown {
    const help = { newObject: target, object: stored, property: field.key };
    const existing: unknown = (target as Record<string, unknown>)[field.key];
    if (field.readTransforms.length === 0) return this.shaped(field.shape, value, existing, help);
    // A transform gets the stored value, or the value that @Type makes of it, without other conversions.
    const given = field.typed ? this.shaped(field.shape, value, existing, help) : this.plain(structuredClone(value));
    try {
      return applyTransforms(field.readTransforms, 'read', given, field.key, stored);
    } catch (error) {
      return this.refuse(`its @Transform failed: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  }

  private shaped(shape: Shape, stored: Json, existing: unknown, help: TypeHelpOptions): unknown {
    const tag = tagOf(stored);
    if (tag === 'undefined') return undefined;
    if (tag === 'as') return this.plain((stored as JsonObject)['v'] ?? null);
    switch (shape.kind) {
      case 'any':
        return this.plain(stored);
      case 'typed':
        return this.typed(shape, stored, existing, help);
      case 'dictionary':
        return this.dictionary(shape.item, stored, help);
      case 'record':
        return this.record(stored);
      case 'array':
        return this.array(shape.item, stored, help);
      case 'set':
        return this.set(shape.item, stored, help);
      case 'map':
        return this.map(shape.item, stored, help);
      case 'class':
        return this.instance(shape, stored, existing, help);
      default:
        return this.scalar(shape, stored);
    }
  }

  protected plain(stored: Json): unknown {
    return fromTree(stored);
  }

  private scalar(shape: ScalarShape, stored: Json): unknown {
    const value = toScalar(shape, stored);
    return value === notConvertible ? this.expected(scalarNames[shape.kind], stored) : value;
  }

  private dictionary(item: Shape, stored: Json, help: TypeHelpOptions): unknown {
    if (stored === null) return null;
    const fields = fieldsOf(stored);
    if (fields === undefined) return this.expected('an object', stored);
    const record: { [key: string]: unknown } = {};
    for (const key of Object.keys(fields)) {
      setOwn(
        record,
        key,
        this.at(key, () => this.shaped(item, fields[key] as Json, undefined, help)),
      );
    }
    return record;
  }

  private record(stored: Json): unknown {
    if (stored === null) return null;
    const value = this.plain(stored);
    const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
    return prototype === Object.prototype ? value : this.expected('an object', stored);
  }

  private array(item: Shape, stored: Json, help: TypeHelpOptions): unknown {
    if (stored === null) return null;
    const list = Array.isArray(stored) ? stored : tagContent(stored, 'Set');
    return list === undefined ? this.expected('an array', stored) : this.items(list, item, help);
  }

  private set(item: Shape, stored: Json, help: TypeHelpOptions): unknown {
    if (stored === null) return null;
    const list = Array.isArray(stored) ? stored : tagContent(stored, 'Set');
    return list === undefined ? this.expected('a Set', stored) : this.makeSet(this.items(list, item, help));
  }

  protected makeSet(items: readonly unknown[]): Set<unknown> {
    return new Set(items);
  }

  private map(item: Shape, stored: Json, help: TypeHelpOptions): unknown {
    if (stored === null) return null;
    const pairs = Array.isArray(stored) ? stored : tagContent(stored, 'Map');
    if (pairs !== undefined) return this.pairs(pairs, (one) => this.shaped(item, one, undefined, help));
    if (typeof stored !== 'object' || Array.isArray(stored) || tagOf(stored) !== undefined) {
      return this.expected('a Map', stored);
    }
    const map = new Map<string, unknown>();
    for (const key of Object.keys(stored)) {
      map.set(
        key,
        this.at({ key }, () => this.shaped(item, stored[key] as Json, undefined, help)),
      );
    }
    return map;
  }

  private pairs(pairs: readonly Json[], item: (stored: Json) => unknown): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (const [index, pair] of pairs.entries()) {
      if (!Array.isArray(pair) || pair.length !== 2) return this.at(index, () => this.expected('a pair', pair));
      const key = this.plain(pair[0] as Json);
      map.set(
        key,
        this.at(keyStep(key), () => item(pair[1] as Json)),
      );
    }
    return map;
  }

  private typed(shape: TypedShape, stored: Json, existing: unknown, help: TypeHelpOptions): unknown {
    if (shape.single) return this.shaped(shape.leaf(help), stored, existing, help);
    const item = (one: Json): unknown => this.typed(shape, one, undefined, help);
    const set = tagContent(stored, 'Set');
    if (set !== undefined) return this.makeSet(set.map((one, index) => this.at(index, () => item(one))));
    const map = tagContent(stored, 'Map');
    if (map !== undefined) return this.pairs(map, item);
    if (Array.isArray(stored)) return stored.map((one, index) => this.at(index, () => item(one)));
    return this.shaped(shape.leaf(help), stored, existing, help);
  }

  private items(list: readonly Json[], item: Shape, help: TypeHelpOptions): unknown[] {
    return list.map((one, index) => this.at(index, () => this.shaped(item, one, undefined, help)));
  }

  private instance(shape: ClassShape, stored: Json, existing: unknown, help: TypeHelpOptions): unknown {
    if (stored === null) return null;
    const fields = fieldsOf(stored);
    if (fields === undefined) return this.expected('an object', stored);
    return this.filled(shape, fields, existing, help);
  }

  private filled(shape: ClassShape, stored: JsonObject, existing: unknown, help: TypeHelpOptions): object {
    const type = this.typeOf(shape, stored, help);
    const target = this.target(type, existing);
    const { discriminator } = shape;
    if (discriminator?.keep === true) {
      setOwn(target as JsonObject, discriminator.property, stored[discriminator.property]);
    }
    this.fields(target, stored, schemaOf(type));
    return target;
  }

  private typeOf(shape: ClassShape, stored: JsonObject, help: TypeHelpOptions): AnyClass {
    const { discriminator } = shape;
    if (discriminator === undefined || !Object.hasOwn(stored, discriminator.property)) return shape.type(help);
    const name = stored[discriminator.property];
    const found = discriminator.subTypes.find((one) => one.name === name);
    return found?.value ?? this.refuse(`@Type names no class for ${discriminator.property} ${JSON.stringify(name)}`);
  }

  /** The object to fill: the one that an initialiser made, or a new one. */
  protected target(type: AnyClass, existing: unknown): object {
    if (typeof existing === 'object' && existing !== null && existing.constructor === type) {
      schemaOf(type).learn(existing);
      return existing;
    }
    try {
      return makeBlank(type);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.refuse(`the constructor of ${type.name} fails without arguments (${reason})`, error);
    }
  }

  /** Enters a step. Refuses a state that is deeper than any written one, before the stack overflows. */
  private push(step: Step): void {
    if (this.where.steps.length >= depthMax) {
      this.where.steps.length = stepsShown;
      this.refuse(`nested more than ${depthMax} deep`);
    }
    this.where.steps.push(step);
  }

  protected at<R>(step: Step, read: () => R): R {
    this.push(step);
    const value = read();
    this.where.steps.pop();
    return value;
  }

  private expected(what: string, stored: Json): never {
    return this.refuse(`${typeText(stored)} is stored where ${what} is expected`);
  }

  protected refuse(problem: string, cause?: unknown): never {
    throw new StoredStateProblem(this.where.text(), problem, cause);
  }
}

const scalarNames: Record<ScalarKind, string> = {
  number: 'a number',
  string: 'text',
  boolean: 'a boolean',
  bigint: 'a bigint',
  date: 'a date',
  bytes: 'bytes',
  entityId: 'an entity id',
};

function isJsonObject(stored: Json | undefined): stored is JsonObject {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored);
}

/** The fields of a stored object, unwrapped if one of its keys looks like a tag. `undefined` if the stored value is not an object. */
function fieldsOf(stored: Json): JsonObject | undefined {
  const tag = tagOf(stored);
  const fields = tag === 'object' ? (stored as JsonObject)['v'] : tag === undefined ? stored : undefined;
  return isJsonObject(fields) ? fields : undefined;
}

function tagOf(stored: Json): Json | undefined {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored) && Object.hasOwn(stored, '$de')
    ? stored['$de']
    : undefined;
}

function tagContent(stored: Json, kind: 'Map' | 'Set'): Json[] | undefined {
  if (tagOf(stored) !== kind) return undefined;
  const content = (stored as JsonObject)['v'];
  return Array.isArray(content) ? content : undefined;
}
