/** Shapes of fields, as far as known: from `@Type`, from the initial value, or from the emitted design type. */
import type { TypeHelpOptions, TypeMetadata } from 'class-transformer/types/interfaces/index.js';
import { EntityId } from '../../model/entity-id.js';
import { isPlainDate } from '../../model/values.js';
import { isClass, type AnyClass } from '../declarations.js';

export interface ClassShape {
  readonly kind: 'class';
  readonly type: (help: TypeHelpOptions) => AnyClass;
  readonly discriminator?: Discriminator | undefined;
}

export interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: string; readonly value: AnyClass }[];
  /** Whether objects keep the property as a field. */
  readonly keep: boolean;
}

export type ScalarKind = 'number' | 'string' | 'boolean' | 'bigint' | 'date' | 'bytes' | 'entityId';

export interface ScalarShape {
  readonly kind: ScalarKind;
  /** Class of dates and bytes, if it is not a built-in one. */
  readonly type?: AnyClass;
}

export interface TypedShape {
  readonly kind: 'typed';
  readonly leaf: (help: TypeHelpOptions) => Shape;
  /** Whether the field is known to hold a single object, and not a collection. */
  readonly single: boolean;
}

export type Shape =
  | { readonly kind: 'any' }
  | ScalarShape
  | { readonly kind: 'record' }
  /** A collection. A `dictionary` is a plain object whose values are of one class. */
  | { readonly kind: 'array' | 'set' | 'map' | 'dictionary'; readonly item: Shape }
  /** A field with `@Type`: a single object, or a collection of such objects. */
  | TypedShape
  | ClassShape;

export const anyShape: Shape = { kind: 'any' };

export function shapeOf(annotation: TypeMetadata | undefined, design: unknown, initial: unknown): Shape {
  const item = annotation === undefined ? undefined : typedShape(annotation);
  const container = containerOf(initial) ?? containerOf(design);
  if (container !== undefined) return { kind: container, item: item ?? anyShape };
  if (item === undefined) return shapeOfValue(initial) ?? shapeOfType(design) ?? anyShape;
  if (isDictionary(design, initial)) return { kind: 'dictionary', item };
  return { ...item, single: isSingle(design, initial) };
}

/** Whether a field is a dictionary, e.g. `@Type(() => Contact) contacts: Record<string, Contact> = {}`, and not one Contact. */
function isDictionary(design: unknown, initial: unknown): boolean {
  return (
    (design === undefined || design === Object) &&
    isPlainObject(initial) &&
    Object.values(initial).every((item) => typeof item === 'object')
  );
}

/** Whether the first value or the design type of a field with `@Type` shows that it holds a single object, and not a collection. */
function isSingle(design: unknown, initial: unknown): boolean {
  const first = shapeOfValue(initial);
  const kind = (first === undefined || first.kind === 'record' ? shapeOfType(design) : first)?.kind;
  return kind !== undefined && !containers.has(kind);
}

const containers: ReadonlySet<string> = new Set(['array', 'set', 'map']);

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function containerOf(value: unknown): 'map' | 'set' | 'array' | undefined {
  if (value === Map || value instanceof Map) return 'map';
  if (value === Set || value instanceof Set) return 'set';
  if (value === Array || Array.isArray(value)) return 'array';
  return undefined;
}

function typedShape(annotation: TypeMetadata): TypedShape {
  const { typeFunction, reflectedType, options } = annotation;
  const given = options?.discriminator;
  if (given !== undefined) {
    const discriminator: Discriminator = {
      property: given.property,
      subTypes: given.subTypes,
      keep: options.keepDiscriminatorProperty === true,
    };
    const leaf: Shape = { kind: 'class', type: (help) => typeFunction(help) as unknown as AnyClass, discriminator };
    return { kind: 'typed', leaf: () => leaf, single: false };
  }
  const leaves = new Map<unknown, Shape>();
  return {
    kind: 'typed',
    single: false,
    leaf(help) {
      const type: unknown = typeof typeFunction === 'function' ? typeFunction(help) : reflectedType;
      let leaf = leaves.get(type);
      if (leaf === undefined) leaves.set(type, (leaf = shapeOfType(type) ?? anyShape));
      return leaf;
    },
  };
}

function shapeOfValue(value: unknown): Shape | undefined {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'bigint':
      return { kind: typeof value as ScalarKind };
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) return undefined;
  if (isPlainObject(value)) return { kind: 'record' };
  // Dates of a test's fake clock are ordinary dates too.
  if (value instanceof Date && isPlainDate(value)) return { kind: 'date' };
  return shapeOfType((value as { constructor?: unknown }).constructor);
}

/** The shape of a type. `undefined` for types without one: Object, Function, Promise and other built-ins that are not data. */
function shapeOfType(type: unknown): Shape | undefined {
  switch (type) {
    case Number:
      return { kind: 'number' };
    case String:
      return { kind: 'string' };
    case Boolean:
      return { kind: 'boolean' };
    case BigInt:
      return { kind: 'bigint' };
    case Date:
      return { kind: 'date' };
    case Uint8Array:
      return { kind: 'bytes' };
    case Buffer:
      return { kind: 'bytes', type: Buffer };
    case EntityId:
      return { kind: 'entityId' };
    case Map:
      return { kind: 'map', item: anyShape };
    case Set:
      return { kind: 'set', item: anyShape };
    case Array:
      return { kind: 'array', item: anyShape };
    default:
      return isClass(type) && !isBuiltIn(type) ? shapeOfClass(type) : undefined;
  }
}

function shapeOfClass(type: AnyClass): Shape {
  const prototype: unknown = type.prototype;
  if (prototype instanceof Date) return { kind: 'date', type };
  if (prototype instanceof Uint8Array) return { kind: 'bytes' };
  const container = containerOf(prototype);
  // Writing refuses objects of derived collections, because reading would lose the members that the class adds.
  return container === undefined ? { kind: 'class', type: () => type } : { kind: container, item: anyShape };
}

const builtIns: ReadonlySet<unknown> = new Set(
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^[A-Z]/.test(name) && name !== 'GLOBAL')
    .map((name) => Object.getOwnPropertyDescriptor(globalThis, name)?.value as unknown),
);

/** Whether a class is built into the language or Node, so that the content of its objects is not in their own keys. */
function isBuiltIn(type: AnyClass): boolean {
  return builtIns.has(type);
}
