import { isEntityId } from '../../model/entity-id.js';

/**
 * A copy of a field's initial value, made right after construction. The value itself becomes part of an entity, whose operations may
 * change it.
 */
export function initialCopy(value: unknown, known = new Map<object, unknown>()): unknown {
  if (typeof value !== 'object' || value === null || isEntityId(value)) return value;
  const found = known.get(value);
  if (found !== undefined) return found;
  if (value instanceof Date)
    return Object.setPrototypeOf(new Date(value.getTime()), Object.getPrototypeOf(value) as object);
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  return copied(value, known);
}

function copied(value: object, known: Map<object, unknown>): object {
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    for (const item of value) list.push(initialCopy(item, known));
    return list;
  }
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    known.set(value, map);
    for (const [key, item] of value) map.set(initialCopy(key, known), initialCopy(item, known));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set<unknown>();
    known.set(value, set);
    for (const item of value) set.add(initialCopy(item, known));
    return set;
  }
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  known.set(value, copy);
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    const own: unknown = descriptor.value;
    Object.defineProperty(
      copy,
      key,
      'value' in descriptor ? { ...descriptor, value: initialCopy(own, known) } : descriptor,
    );
  }
  return copy;
}
