import type { TransformMetadata } from 'class-transformer/types/interfaces/index.js';
import { RegistrationError } from '../../errors/index.js';
import type { AnyClass } from '../declarations.js';
import type { Injected } from '../construction/services.js';
import { takesParameters } from '../construction/constructor-source.js';
import { initialCopy } from './initial-copy.js';
import { annotationHint, misappliedAnnotations } from './misapplied-annotations.js';
import { shapeOf, type Shape } from './shapes.js';
import { foreignCopies, TransformerMetadata } from './transformer-metadata.js';

/** One own key of the objects of a class, or one exposed accessor. */
export interface Field {
  readonly key: string;
  /** Name of the field in the JSON. */
  readonly stored: string;
  readonly writes: boolean;
  readonly reads: boolean;
  readonly shape: Shape;
  /** Whether the shape comes from `@Type`, and not from the first value or the emitted design type. */
  readonly typed: boolean;
  /** Copy of the field's value in a new object. */
  readonly initial: unknown;
  /** Whether the field is an exposed accessor or method: computed on writing, and set on reading if it has a setter. */
  readonly computed: boolean;
  /** Whether the first value is a function. Such a field is code, which the constructor makes again. */
  readonly code: boolean;
  readonly writeTransforms: readonly TransformMetadata[];
  readonly readTransforms: readonly TransformMetadata[];
  /** Why writing the field is refused: its value may be injected, or state. `undefined` if that is clear. */
  readonly ambiguous: string | undefined;
  /** Whether no annotation changes the form of a text, number or boolean in this field. */
  readonly plainly: boolean;
}

/** Samples whose fields are being learnt. Initial values may refer to each other in a circle. */
const learning = new Set<object>();

const reservedNames = new Set(['$de', '$de:version', '$de:state', '__proto__']);

/**
 * The stored fields of a class: the fields of a new object (initialisers) and annotated fields, with their stored names.
 *
 * No other fields are stored or read. The schema learns fields from objects, because compiled TypeScript does not keep the fields of a
 * class. A field that appears in a later new object is added.
 */
export class ClassSchema {
  /** The own keys of a new object in their order, followed by annotated fields that a new object lacks. */
  readonly fields: Field[] = [];
  private readonly byKey = new Map<string, Field>();
  private readonly byStored = new Map<string, Field>();
  private readonly metadata: TransformerMetadata;
  /** Whether the annotated fields were added. */
  private complete = false;

  constructor(readonly type: AnyClass) {
    const copies = foreignCopies(type);
    if (copies.length > 0) {
      throw new RegistrationError(
        [
          `${type.name} is decorated by another copy of class-transformer than durable-entities reads: ${copies.join(', ')}`,
        ],
        'Keep one copy of class-transformer (npm ls class-transformer): under two, @Exclude() would be ignored in silence.',
      );
    }
    const misapplied = misappliedAnnotations(type);
    if (misapplied.length > 0) throw new RegistrationError(misapplied, annotationHint);
    this.metadata = new TransformerMetadata(type);
  }

  /** Whether the schema has learnt from an object of the class. */
  hasSample = false;

  /** Adds the fields of an object that was just built. Fields with injected values are never stored. */
  learn(sample: object, injected?: Injected): void {
    if (learning.has(sample)) return;
    this.hasSample = true;
    learning.add(sample);
    try {
      this.learnOwn(sample, injected);
    } finally {
      learning.delete(sample);
    }
  }

  private learnOwn(sample: object, injected: Injected | undefined): void {
    const values = sample as Record<string, unknown>;
    for (const key of Object.keys(sample)) {
      const known = this.byKey.get(key);
      const isOurs = injected !== undefined && this.isInjected(key, values[key], injected);
      if (known === undefined) this.add(key, values[key], isOurs, false, injected);
      else if (isOurs) this.leaveOut(known);
    }
    if (!this.complete) this.learnAnnotated();
  }

  /** Whether the field is never stored, because it holds a service or is injected by name. */
  private isInjected(key: string, value: unknown, injected: Injected): boolean {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (isObject && injected.values.includes(value)) return true;
    // A mark can declare an injected text or number to be state.
    return injected.fields.has(key) && (isObject || !this.metadata.exposed(key));
  }

  /** Adds the annotated fields of a class that has no object yet. */
  learnAnnotated(): void {
    this.complete = true;
    for (const key of this.metadata.annotated) {
      if (!this.byKey.has(key)) this.add(key, undefined, false, key in (this.type.prototype as object));
    }
  }

  /** Whether fields without annotations are left out on purpose. */
  get optIn(): boolean {
    return this.metadata.excludeAll;
  }

  field(key: string): Field | undefined {
    return this.byKey.get(key);
  }

  /** Whether the field is left out for a reason other than a mark. */
  isLeftOut(key: string): boolean {
    return this.byKey.get(key)?.writes === false && this.metadata.includes(key, 'write');
  }

  storedAs(name: string): Field | undefined {
    return this.byStored.get(name);
  }

  private add(key: string, initial: unknown, injected: boolean, computed: boolean, source?: Injected): void {
    const { metadata } = this;
    const code = typeof initial === 'function';
    const annotation = metadata.typeOf(key);
    const takesPart = !injected && !code;
    const ambiguous = takesPart && source !== undefined ? this.ambiguity(key, initial, source) : undefined;
    const writeTransforms = metadata.transforms(key, 'write');
    const readTransforms = metadata.transforms(key, 'read');
    const field: Field = {
      key,
      stored: metadata.storedName(key),
      writes: takesPart && metadata.includes(key, 'write') && (!computed || metadata.exposed(key)),
      reads: takesPart && metadata.includes(key, 'read') && (!computed || hasSetter(this.type, key)),
      shape: shapeOf(annotation, metadata.designType(key), initial),
      typed: annotation !== undefined,
      initial: takesPart && ambiguous === undefined ? initialCopy(initial) : initial,
      computed,
      code: code && !injected,
      writeTransforms,
      readTransforms,
      ambiguous,
      plainly: !code && ambiguous === undefined && writeTransforms.length === 0 && readTransforms.length === 0,
    };
    this.fields.push(field);
    this.byKey.set(key, field);
    if (!field.writes && !field.reads) return;
    this.checkStoredName(field);
    this.byStored.set(field.stored, field);
    const nested = typeof initial === 'object' && initial !== null ? shapeOf(undefined, undefined, initial) : undefined;
    if (nested?.kind === 'class') schemaOf((initial as { constructor: AnyClass }).constructor).learn(initial as object);
  }

  /** Why the value of a field without annotations may be state or may be made from services. `undefined` if that is clear. */
  private ambiguity(key: string, initial: unknown, source: Injected): string | undefined {
    const { metadata } = this;
    const { values, fields, assigned } = source;
    if (metadata.typeOf(key) !== undefined || metadata.exposed(key) || fields.has(key)) return undefined;
    if (shapeOf(undefined, undefined, initial).kind === 'class') {
      const type = (initial as { constructor: AnyClass }).constructor;
      if (!this.mayHoldServices(key, type, source)) return undefined;
      return (
        `it is a ${type.name} that the constructor of ${this.type.name} got as an argument, or made and may have given services to: ` +
        `mark it @Exclude() if the constructor makes it again each time, or @Type(() => ${type.name}) if it is state`
      );
    }
    const isScalar = typeof initial === 'string' ? initial !== '' : isNumberLike(initial) && assigned.has(key);
    if (!isScalar || !values.includes(initial)) return undefined;
    return 'it began with the value that was injected: mark it @Exclude() if it is what was injected, or @Expose() if it is state';
  }

  private mayHoldServices(key: string, type: AnyClass, { values, assigned, byUser }: Injected): boolean {
    if (byUser === true) return assigned.has(key) || (takesParameters(this.type) && takesParameters(type));
    return values.length > 0 && takesParameters(type);
  }

  /** Removes a field that held plain data in an earlier object and holds a service now. */
  private leaveOut(field: Field): void {
    if (!field.writes && !field.reads) return;
    Object.assign(field, { writes: false, reads: false });
    this.byStored.delete(field.stored);
  }

  private checkStoredName(field: Field): void {
    const other = this.byStored.get(field.stored);
    if (other !== undefined) {
      throw new RegistrationError([
        `${this.type.name}: the fields ${other.key} and ${field.key} are both stored as ${JSON.stringify(field.stored)}`,
      ]);
    }
    if (reservedNames.has(field.stored)) {
      throw new RegistrationError([
        `${this.type.name}: no field can be stored as ${JSON.stringify(field.stored)}, which is reserved`,
      ]);
    }
  }
}

function isNumberLike(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function hasSetter(type: AnyClass, key: string): boolean {
  for (
    let step: object | null = type.prototype as object;
    step !== null;
    step = Object.getPrototypeOf(step) as object
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(step, key);
    if (descriptor !== undefined) return descriptor.set !== undefined;
  }
  return false;
}

const schemas = new WeakMap<AnyClass, ClassSchema>();

/** The schema of a class. A new schema has no fields until it learns from an object. */
export function schemaOf(type: AnyClass): ClassSchema {
  let schema = schemas.get(type);
  if (schema === undefined) schemas.set(type, (schema = new ClassSchema(type)));
  return schema;
}
