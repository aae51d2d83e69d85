/** What a field holds, as far as it is known: from `@Type`, from its initial value, or from the emitted design type. */
import type { TypeHelpOptions, TypeMetadata } from 'class-transformer/types/interfaces/index.js';
import { EntityId } from '../../model/entity-id.js';
import { isClass, type AnyClass } from '../declarations.js';

export interface ClassShape {
  readonly kind: 'class';
  readonly type: (help: TypeHelpOptions) => AnyClass;
  readonly discriminator?: Discriminator | undefined;
}

export interface Discriminator {
  readonly property: string;
  readonly subTypes: readonly { readonly name: string; readonly value: AnyClass }[];
  /** Whether the objects have the property as a field. */
  readonly keep: boolean;
}

export type ScalarKind = 'number' | 'string' | 'boolean' | 'bigint' | 'date' | 'bytes' | 'entityId';

export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: ScalarKind }
  | { readonly kind: 'record' }
  | { readonly kind: 'array' | 'set' | 'map'; readonly item: Shape }
  /** `@Type`: the thing itself, or a collection of it. */
  | { readonly kind: 'typed'; readonly leaf: (help: TypeHelpOptions) => Shape }
  | ClassShape;

export const anyShape: Shape = { kind: 'any' };

export function shapeOf(annotation: TypeMetadata | undefined, design: unknown, initial: unknown): Shape {
  const item: Shape | undefined = annotation === undefined ? undefined : typedShape(annotation);
  const container = containerOf(initial) ?? containerOf(design);
  if (container !== undefined) return { kind: container, item: item ?? anyShape };
  if (item !== undefined) return item;
  return shapeOfValue(initial) ?? shapeOfType(design) ?? anyShape;
}

function containerOf(value: unknown): 'map' | 'set' | 'array' | undefined {
  if (value === Map || value instanceof Map) return 'map';
  if (value === Set || value instanceof Set) return 'set';
  if (value === Array || Array.isArray(value)) return 'array';
  return undefined;
}

function typedShape(annotation: TypeMetadata): Shape {
  const { typeFunction, reflectedType, options } = annotation;
  const given = options?.discriminator;
  if (given !== undefined) {
    const discriminator: Discriminator = {
      property: given.property,
      subTypes: given.subTypes,
      keep: options.keepDiscriminatorProperty === true,
    };
    const leaf: Shape = { kind: 'class', type: (help) => typeFunction(help) as unknown as AnyClass, discriminator };
    return { kind: 'typed', leaf: () => leaf };
  }
  const leaves = new Map<unknown, Shape>();
  return {
    kind: 'typed',
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
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return { kind: 'record' };
  return shapeOfType((value as { constructor?: unknown }).constructor);
}

/** `undefined` where the type says nothing: Object, Function, Promise and other built-ins that are no data. */
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
    case Buffer:
      return { kind: 'bytes' };
    case EntityId:
      return { kind: 'entityId' };
    case Map:
      return { kind: 'map', item: anyShape };
    case Set:
      return { kind: 'set', item: anyShape };
    case Array:
      return { kind: 'array', item: anyShape };
    default:
      return isClass(type) && !isBuiltIn(type) ? { kind: 'class', type: () => type } : undefined;
  }
}

const builtIns: ReadonlySet<unknown> = new Set(
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^[A-Z]/.test(name) && name !== 'GLOBAL')
    .map((name) => Object.getOwnPropertyDescriptor(globalThis, name)?.value as unknown),
);

/** Classes of the language and of Node: their content is not in their own keys. */
function isBuiltIn(type: AnyClass): boolean {
  return builtIns.has(type);
}
