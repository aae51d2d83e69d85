/** Makes read-only data of a stored state: frozen fields without methods, also of nested classes. No constructor runs. */
import type { Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { currentForm } from './stored-version.js';
import { fieldsOf, type StateOptions } from './class-state-type.js';
import { schemaOf, type ClassSchema, type Field } from './class-schema.js';
import { blankOf } from './blank.js';
import { StateReader } from './state-reader.js';
import { StateWriter } from './state-writer.js';

class ViewReader extends StateReader {
  protected override target(type: AnyClass): object {
    try {
      blankOf(type);
    } catch {
      // Only annotated fields of the class are known then.
      schemaOf(type).learnAnnotated();
    }
    return {};
  }

  /** Gives a field that the stored state does not have yet the value of a new object. */
  protected override absent(target: object, field: Field): void {
    if (field.computed || field.initial === undefined || field.initial === null) return;
    const stored = initialForm(field);
    if (stored !== undefined) this.field(target, field, { [field.stored]: stored });
  }
}

const initialForms = new WeakMap<Field, Json>();

/** Stored form of the field's initial value. `undefined` if the value cannot be stored. */
function initialForm(field: Field): Json | undefined {
  const known = initialForms.get(field);
  if (known !== undefined) return structuredClone(known);
  try {
    const help = { newObject: {}, object: {}, property: field.key };
    const form = new StateWriter().shaped(field.shape, field.initial, help);
    initialForms.set(field, form);
    return structuredClone(form);
  } catch {
    return undefined;
  }
}

/** @throws StoredStateProblem */
export function viewOfClass(stored: Json, schema: ClassSchema, options: StateOptions): object {
  const view = {};
  new ViewReader().populate(view, fieldsOf(currentForm(stored, options)), schema, options.missingMembers ?? 'ignore');
  return frozen(view);
}

/** Freezes data deeply. Dates, Maps, Sets and bytes cannot be frozen; they are copies already. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) for (const [key, item] of value) [key, item].forEach(frozen);
  else if (value instanceof Set) value.forEach(frozen);
  else if (!(value instanceof Date || ArrayBuffer.isView(value))) {
    Object.freeze(value);
    for (const key of Object.keys(value)) frozen((value as Record<string, unknown>)[key]);
  }
  return value;
}
