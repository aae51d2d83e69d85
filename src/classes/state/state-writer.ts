/**
 * Writes the state of an object by the schema of its class, in class-transformer's form: dates as ISO text, Maps with text
 * keys as objects, Sets as arrays.
 *
 * Whatever is written can be read back by the same class. So a value that its field does not lead one to expect (null in a
 * field that began as 5) is written as `{ "$de": "as", "v": … }`, which says: this stands as it is.
 */
import type { TypeHelpOptions } from 'class-transformer/types/interfaces/index.js';
import { isEntityId } from '../../model/entity-id.js';
import type { Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { schemaOf, type ClassSchema, type Field } from './class-schema.js';
import { blankOf } from './blank.js';
import { classOf, keyStep, PlainWriter, setOwn } from './plain-writer.js';
import type { ClassShape, Shape } from './shapes.js';
import { applyTransforms } from './transformer-metadata.js';

type Record_ = { [key: string]: Json };

export class StateWriter extends PlainWriter {
  /** The fields of an object of this class. @throws SerializationError naming the path */
  object(value: object, schema: ClassSchema, discriminator?: string): Record_ {
    return this.inside(value, () => this.fields(value, schema, discriminator));
  }

  private fields(value: object, schema: ClassSchema, discriminator: string | undefined): Record_ {
    const source = value as Record<string, unknown>;
    const target: Record_ = {};
    const keys = Object.keys(source);
    const { fields } = schema;
    let known = 0;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!;
      let field = fields[index];
      if (field === undefined || field.key !== key) field = schema.field(key);
      if (field === undefined) {
        if (source[key] !== undefined && key !== discriminator && !schema.optIn) this.refuseUnknown(key);
        continue;
      }
      known++;
      if (field.writes) this.field(field, source[key], source, target);
      else if (field.code && typeof source[key] !== 'function') {
        this.at(key, () => this.refuse('it began as a function and would be one again'));
      }
    }
    if (known < fields.length) this.missing(source, fields, target);
    return target;
  }

  /** Fields that are no own keys: exposed accessors, and fields that were deleted from the object. */
  private missing(source: Record<string, unknown>, fields: readonly Field[], target: Record_): void {
    for (const field of fields) {
      if (!field.writes || Object.hasOwn(source, field.key)) continue;
      if (field.computed) {
        const value = source[field.key];
        this.field(field, typeof value === 'function' ? value.call(source) : value, source, target);
      } else if (field.initial !== undefined) target[field.stored] = { $de: 'undefined' };
    }
  }

  private field(field: Field, value: unknown, source: object, target: Record_): void {
    const { shape, stored } = field;
    // The three kinds that most fields are, before anything is allocated.
    if (field.writeTransforms.length === 0 && typeof value === shape.kind) {
      if (typeof value === 'string' || typeof value === 'boolean') {
        target[stored] = value;
        return;
      }
      if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) {
        target[stored] = value;
        return;
      }
    }
    if (value === undefined && field.initial === undefined && field.writeTransforms.length === 0) return;
    this.where.steps.push(field.key);
    const written = this.fieldValue(field, value, source, target);
    this.where.steps.pop();
    if (written !== undefined) setOwn(target, stored, written);
  }

  private fieldValue(field: Field, value: unknown, source: object, target: Record_): Json | undefined {
    const help = { newObject: target, object: source as Record<string, unknown>, property: field.key };
    if (field.writeTransforms.length === 0) return this.shaped(field.shape, value, help);
    let transformed: unknown;
    try {
      transformed = applyTransforms(field.writeTransforms, 'write', value, field.key, source);
    } catch (error) {
      return this.refuse(`its @Transform failed: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    if (transformed === undefined) return field.initial === undefined ? undefined : { $de: 'undefined' };
    if (transformed === value) {
      return this.shaped(field.typed || field.readTransforms.length === 0 ? field.shape : plainShape, value, help);
    }
    // The transform has chosen the form; a date stays readable text, as class-transformer has it.
    return transformed instanceof Date && !Number.isNaN(transformed.getTime())
      ? transformed.toISOString()
      : this.plain(transformed);
  }

  shaped(shape: Shape, value: unknown, help: TypeHelpOptions): Json {
    if (value === undefined) return { $de: 'undefined' };
    switch (shape.kind) {
      case 'any':
        return this.plain(value);
      case 'number':
      case 'boolean':
      case 'bigint':
        return typeof value === shape.kind ? this.plain(value) : this.deviating(value);
      case 'typed':
        return this.typed(shape.leaf, value, help);
      default:
        return value === null ? null : this.reference(shape, value, help);
    }
  }

  private reference(shape: Exclude<Shape, { kind: 'any' | 'typed' }>, value: unknown, help: TypeHelpOptions): Json {
    switch (shape.kind) {
      case 'string':
        return typeof value === 'string' ? value : this.deviating(value);
      case 'date':
        if (!(value instanceof Date)) return this.deviating(value);
        return Number.isNaN(value.getTime()) ? this.tree(value) : value.toISOString();
      case 'bytes':
        return value instanceof Uint8Array ? this.tree(value) : this.deviating(value);
      case 'entityId':
        return isEntityId(value) ? this.tree(value) : this.deviating(value);
      case 'record':
        return isPlainObject(value) ? this.plain(value) : this.deviating(value);
      case 'array':
        if (!Array.isArray(value)) return this.deviating(value);
        return this.inside(value, () => this.list(value, (item) => this.shaped(shape.item, item, help)));
      case 'set':
        if (!(value instanceof Set)) return this.deviating(value);
        return this.inside(value, () => this.list([...value], (item) => this.shaped(shape.item, item, help)));
      case 'map':
        if (!(value instanceof Map)) return this.deviating(value);
        return this.inside(value, () => this.map(value, (item) => this.shaped(shape.item, item, help)));
      case 'class':
        return this.instance(shape, value, help);
      default:
        return this.deviating(value);
    }
  }

  /** `@Type` without a known collection: collections that JSON lacks say what they are. */
  private typed(leaf: (help: TypeHelpOptions) => Shape, value: unknown, help: TypeHelpOptions): Json {
    const item = (one: unknown): Json => this.typed(leaf, one, help);
    if (Array.isArray(value)) return this.inside(value, () => this.list(value, item));
    if (value instanceof Set) return this.inside(value, () => ({ $de: 'Set', v: this.list([...value], item) }));
    if (value instanceof Map) return this.inside(value, () => this.taggedMap(value, item));
    return this.shaped(leaf(help), value, help);
  }

  /** An object as long as it keeps the keys and their order (JavaScript puts `"7"` before `"a"`), else pairs. */
  private map(map: ReadonlyMap<unknown, unknown>, item: (value: unknown) => Json): Json {
    for (const key of map.keys()) {
      if (typeof key !== 'string' || key === '$de') return this.entries(map, item);
    }
    const copy: Record_ = {};
    for (const [key, value] of map as ReadonlyMap<string, unknown>) {
      this.where.steps.push(keyStep(key));
      setOwn(copy, key, item(value));
      this.where.steps.pop();
    }
    let index = 0;
    const order = Object.keys(copy);
    for (const key of map.keys()) if (order[index++] !== key) return this.entries(map, item);
    return copy;
  }

  private instance(shape: ClassShape, value: unknown, help: TypeHelpOptions): Json {
    if (typeof value !== 'object' || value === null) return this.deviating(value);
    const actual = classOf(value);
    const { discriminator } = shape;
    if (discriminator === undefined) {
      const declared = shape.type(help);
      if (actual !== undefined && actual !== declared) return this.otherInstance(value, actual, declared);
      if (actual === undefined && !isPlainObject(value)) return this.deviating(value);
      return this.object(value, this.schemaFor(declared));
    }
    const subType = discriminator.subTypes.find((one) => one.value === actual);
    if (subType === undefined) {
      return this.refuse(
        `an instance of ${actual?.name ?? 'no class'}, which the discriminator of @Type does not name`,
      );
    }
    const written = this.object(value, this.schemaFor(subType.value), discriminator.property);
    written[discriminator.property] = subType.name;
    return written;
  }

  private otherInstance(value: object, actual: AnyClass, declared: AnyClass): Json {
    if (value instanceof declared) {
      const remedy = 'give @Type a discriminator';
      return this.refuse(`an instance of ${actual.name} where ${declared.name} is declared: ${remedy}`);
    }
    return this.deviating(value);
  }

  /** Makes sure already on writing that the object can be built on reading. */
  private schemaFor(type: AnyClass): ClassSchema {
    try {
      blankOf(type);
    } catch (error) {
      // An initialiser builds it, with arguments of its own: reading fills that object.
      if (schemaOf(type).hasSample) return schemaOf(type);
      const reason = error instanceof Error ? error.message : String(error);
      this.refuse(`${type.name} could not be read back: its constructor fails without arguments (${reason})`, error);
    }
    return schemaOf(type);
  }

  private deviating(value: unknown): Json {
    return { $de: 'as', v: this.plain(value) };
  }

  private refuseUnknown(key: string): never {
    return this.at(key, () => this.refuse(`\`${key}\` has no initialiser: give it one or mark it @Expose()`));
  }
}

const plainShape: Shape = { kind: 'any' };

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
