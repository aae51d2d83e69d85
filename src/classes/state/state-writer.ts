/**
 * Writes the state of an object by the schema of its class, in class-transformer's form: dates as ISO text, Maps with text
 * keys as objects, Sets as arrays.
 *
 * The same class can read everything that is written. A value that does not fit the type of its field (null in a field whose first value
 * was 5) is therefore written as `{ "$de": "as", "v": … }`, which is read without conversion.
 */
import type { TypeHelpOptions } from 'class-transformer/types/interfaces/index.js';
import { isEntityId } from '../../model/entity-id.js';
import { isPlainDate, toTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { schemaOf, type ClassSchema, type Field } from './class-schema.js';
import { blankOf, type Made } from './blank.js';
import { classOf, isCarriedByTag, keyStep, PlainWriter, setOwn, type ItemWriter } from './plain-writer.js';
import { anyShape, isPlainObject, type ClassShape, type Shape, type TypedShape } from './shapes.js';
import { applyTransforms } from './transformer-metadata.js';

type Record_ = { [key: string]: Json };

export class StateWriter extends PlainWriter {
  /**
   * Writes the fields of an object of this class.
   * @param made form of the object that a constructor makes, with which reading begins
   * @throws SerializationError with the path
   */
  object(value: object, schema: ClassSchema, made?: Made, discriminator?: string): Record_ {
    this.enter(value);
    const written = this.fields(value, schema, made, discriminator);
    this.leave();
    return written;
  }

  private fields(
    value: object,
    schema: ClassSchema,
    made: Made | undefined,
    discriminator: string | undefined,
  ): Record_ {
    const source = value as Record<string, unknown>;
    const target: Record_ = {};
    const keys = Object.keys(source);
    const { fields } = schema;
    if (made !== undefined && made.locked.length > 0) this.checkLocked(made, schema);
    let known = 0;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!;
      let field = fields[index];
      if (field === undefined || field.key !== key) field = schema.field(key);
      if (field === undefined) {
        if (source[key] !== undefined && key !== discriminator && !schema.optIn) this.refuseUnknown(key, value, schema);
        continue;
      }
      known++;
      if (field.writes) this.field(field, source[key], source, target, made);
      else if (field.code && typeof source[key] !== 'function')
        this.refuseAt(key, 'it began as a function and would be one again');
    }
    if (known < fields.length) this.missing(source, fields, target, made);
    return target;
  }

  /** Refuses objects whose constructor freezes them, because stored fields could not be read into them. */
  private checkLocked(made: Made, schema: ClassSchema): void {
    const key = made.locked.find((each) => schema.field(each)?.reads === true);
    if (key === undefined) return;
    const { name } = schema.type;
    this.refuseAt(key, `${name} could not be read back: its constructor makes this field read-only (Object.freeze?)`);
  }

  /** Writes fields that are not own keys: exposed accessors, and fields that were deleted from the object. */
  private missing(
    source: Record<string, unknown>,
    fields: readonly Field[],
    target: Record_,
    made: Made | undefined,
  ): void {
    for (const field of fields) {
      if (!field.writes || Object.hasOwn(source, field.key)) continue;
      if (field.computed) {
        const value = source[field.key];
        this.field(field, typeof value === 'function' ? value.call(source) : value, source, target, made);
      } else if (field.initial !== undefined && !isPlainObject(source)) {
        // Plain data in place of the class gets the missing field from the class. An object of the class lost it.
        this.note(`${field.key} is missing and is read back as undefined`);
        target[field.stored] = { $de: 'undefined' };
      }
    }
  }

  private field(field: Field, value: unknown, source: object, target: Record_, made: Made | undefined): void {
    const { shape, stored } = field;
    // Fast path for texts, numbers and booleans, without allocations.
    if (field.plainly && typeof value === shape.kind) {
      if (typeof value === 'string' || typeof value === 'boolean') {
        target[stored] = value;
        return;
      }
      if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) {
        target[stored] = value;
        return;
      }
    }
    if (
      value === undefined &&
      field.initial === undefined &&
      field.writeTransforms.length === 0 &&
      field.ambiguous === undefined
    )
      return;
    this.where.steps.push(field.key);
    const written = this.fieldValue(field, value, source, target, made?.parts.get(field.key));
    this.where.steps.pop();
    if (written !== undefined) setOwn(target, stored, written);
  }

  private fieldValue(
    field: Field,
    value: unknown,
    source: object,
    target: Record_,
    made: Made | undefined,
  ): Json | undefined {
    const help = { newObject: target, object: source as Record<string, unknown>, property: field.key };
    if (field.ambiguous) this.refuseAmbiguous(field);
    // The value that a transform makes on reading may differ from the live value.
    if (field.readTransforms.length > 0) this.note('it has a @Transform');
    if (field.writeTransforms.length === 0) return this.shaped(field.shape, value, help, made);
    this.note('it has a @Transform');
    let transformed: unknown;
    try {
      transformed = applyTransforms(field.writeTransforms, 'write', value, field.key, source);
    } catch (error) {
      return this.refuse(`its @Transform failed: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    if (transformed === undefined) return field.initial === undefined ? undefined : { $de: 'undefined' };
    if (transformed === value) {
      return this.shaped(field.typed || field.readTransforms.length === 0 ? field.shape : anyShape, value, help, made);
    }
    // The transform chose the form. A date is written as readable text, as class-transformer does.
    return transformed instanceof Date && !Number.isNaN(transformed.getTime())
      ? transformed.toISOString()
      : this.plain(transformed);
  }

  /** Writes a value of this shape. @param made form of the object that reading finds in this field */
  shaped(shape: Shape, value: unknown, help: TypeHelpOptions, made?: Made): Json {
    if (value === undefined) return { $de: 'undefined' };
    switch (shape.kind) {
      case 'any':
        return this.plain(value);
      case 'number':
      case 'boolean':
      case 'bigint':
        return typeof value === shape.kind ? this.plain(value) : this.deviating(value);
      case 'typed':
        return this.typed(shape, value, help, made);
      default:
        return value === null ? null : this.reference(shape, value, help, made);
    }
  }

  private reference(
    shape: Exclude<Shape, { kind: 'any' | 'typed' }>,
    value: unknown,
    help: TypeHelpOptions,
    made: Made | undefined,
  ): Json {
    switch (shape.kind) {
      case 'string':
        return typeof value === 'string' ? value : this.deviating(value);
      case 'date':
        return value instanceof Date ? this.date(value, shape.type) : this.deviating(value);
      case 'bytes':
        return this.bytes(value, shape.type === Buffer);
      case 'entityId':
        return isEntityId(value) ? this.tree(value) : this.deviating(value);
      case 'record':
        return isPlainObject(value) ? this.plain(value) : this.deviating(value);
      case 'class':
        return this.instance(shape, value, help, made);
      case 'array':
      case 'set':
      case 'map':
      case 'dictionary':
        return this.container(shape.kind, value, this.itemOf(shape.item, help));
      default:
        return this.deviating(value);
    }
  }

  private itemOf(shape: Shape, help: TypeHelpOptions): ItemWriter {
    return (_writer, item) => this.shaped(shape, item, help);
  }

  private container(kind: 'array' | 'set' | 'map' | 'dictionary', value: unknown, item: ItemWriter): Json {
    const fits =
      kind === 'array'
        ? Array.isArray(value)
        : kind === 'set'
          ? value instanceof Set
          : kind === 'map'
            ? value instanceof Map
            : isPlainObject(value);
    if (!fits) return this.deviating(value);
    this.enter(value as object);
    const written =
      kind === 'array'
        ? this.list(value as unknown[], item)
        : kind === 'set'
          ? this.items(value as Set<unknown>, item)
          : kind === 'map'
            ? this.map(value as Map<unknown, unknown>, item)
            : this.record(value as Record<string, unknown>, item);
    this.leave();
    return written;
  }

  /** Writes a date. @param type class derived from Date, whose constructor restores the date */
  private date(value: Date, type: AnyClass | undefined): Json {
    this.enter(value);
    if (type === undefined || value.constructor !== type) {
      if (!isPlainDate(value)) this.refuseDerived(value);
      if (type !== undefined) this.note(`a Date where ${type.name} is declared`);
    } else this.checkRebuilt(value, type as new (ms: number) => Date);
    this.leave();
    return Number.isNaN(value.getTime()) ? { $de: 'Date', v: null } : value.toISOString();
  }

  /** Checks on writing that the constructor restores the same date. */
  private checkRebuilt(value: Date, type: new (ms: number) => Date): void {
    let rebuilt: Date;
    try {
      rebuilt = new type(value.getTime());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.refuse(`${type.name} could not be read back: its constructor fails on a time (${reason})`, error);
    }
    if (Object.is(rebuilt.getTime(), value.getTime()) && isSameData(rebuilt, value)) return;
    this.refuse(`this ${type.name} could not be read back: its constructor makes something else of the same time`);
  }

  private bytes(value: unknown, asBuffer: boolean): Json {
    if (!(value instanceof Uint8Array) || (asBuffer && !Buffer.isBuffer(value))) return this.deviating(value);
    this.enter(value);
    const written = this.tagged(value);
    this.leave();
    return written;
  }

  /** Writes a value of `@Type` without a known collection. Collections that JSON lacks get a tag. */
  private typed(shape: TypedShape, value: unknown, help: TypeHelpOptions, made: Made | undefined): Json {
    if (!shape.single && isCollection(value)) {
      const item: ItemWriter = (_writer, one) => this.typed(shape, one, help, undefined);
      this.enter(value);
      const written = Array.isArray(value)
        ? this.list(value, item)
        : value instanceof Set
          ? { $de: 'Set', v: this.items(value, item) }
          : this.taggedMap(value, item);
      this.leave();
      return written;
    }
    return this.shaped(shape.leaf(help), value, help, made);
  }

  /** Writes a Map as an object if that keeps its keys and their order (JavaScript puts `"7"` before `"a"`), or else as pairs. */
  private map(map: ReadonlyMap<unknown, unknown>, item: ItemWriter): Json {
    this.checkCollection(map, Map);
    for (const key of map.keys()) {
      if (typeof key !== 'string' || key === '$de') return this.entries(map, item);
    }
    const copy: Record_ = {};
    for (const [key, value] of map as ReadonlyMap<string, unknown>) {
      this.where.steps.push(keyStep(key));
      setOwn(copy, key, item(this, value));
      this.where.steps.pop();
    }
    let index = 0;
    const order = Object.keys(copy);
    for (const key of map.keys()) if (order[index++] !== key) return this.entries(map, item);
    return copy;
  }

  private instance(shape: ClassShape, value: unknown, help: TypeHelpOptions, made: Made | undefined): Json {
    if (typeof value !== 'object' || value === null) return this.deviating(value);
    const actual = classOf(value);
    const { discriminator } = shape;
    if (discriminator === undefined) {
      const declared = shape.type(help);
      if (actual !== undefined && actual !== declared) return this.otherInstance(value, actual, declared);
      if (actual === undefined) {
        if (!isPlainObject(value)) return this.deviating(value);
        this.note(`plain data where ${declared.name} is declared`);
      }
      return this.object(value, schemaOf(declared), this.madeFor(declared, made));
    }
    const subType = discriminator.subTypes.find((one) => one.value === actual);
    if (subType === undefined) {
      return this.refuse(
        `an instance of ${actual?.name ?? 'no class'}, which the discriminator of @Type does not name`,
      );
    }
    const begins = this.madeFor(subType.value, made);
    const written = this.object(value, schemaOf(subType.value), begins, discriminator.property);
    written[discriminator.property] = subType.name;
    return written;
  }

  private otherInstance(value: object, actual: AnyClass, declared: AnyClass): Json {
    if (isCollection(value) || isCarriedByTag(value)) return this.deviating(value);
    const remedy =
      value instanceof declared ? 'give @Type a discriminator' : `name both classes in @Type's discriminator`;
    return this.refuse(`an instance of ${actual.name} where ${declared.name} is declared: ${remedy}`);
  }

  /** Checks on writing that reading will have an object to fill: the one that the constructor makes in this field, or a new one. */
  private madeFor(type: AnyClass, made: Made | undefined): Made {
    if (made?.type === type) return made;
    try {
      return blankOf(type);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return this.refuse(
        `${type.name} could not be read back: its constructor fails without arguments (${reason})`,
        error,
      );
    }
  }

  private deviating(value: unknown): Json {
    return { $de: 'as', v: this.plain(value) };
  }

  private refuseAt(key: string, problem: string): never {
    this.where.steps.push(key);
    return this.refuse(problem);
  }

  private refuseUnknown(key: string, value: object, schema: ClassSchema): never {
    const remedy = isPlainObject(value)
      ? `${schema.type.name} has no field ${JSON.stringify(key)}; for a dictionary of ${schema.type.name}, initialise its field with {}, or use a Map`
      : `\`${key}\` has no initialiser: give it one or mark it @Expose()`;
    return this.refuseAt(key, remedy);
  }

  private refuseAmbiguous(field: Field): never {
    return this.refuse(field.ambiguous as string);
  }
}

function isCollection(value: unknown): value is unknown[] | Set<unknown> | Map<unknown, unknown> {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}

/** Whether the own fields of two objects hold the same data. Functions are code and are not compared. */
function isSameData(one: object, other: object): boolean {
  const data = (value: object): string =>
    JSON.stringify(toTree(Object.entries(value).filter(([, item]) => typeof item !== 'function')));
  return data(one) === data(other);
}
