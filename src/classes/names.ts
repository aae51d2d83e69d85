import { nearest } from '../model/nearest.js';

/** Names that JavaScript, promises, printers and debuggers read from every object. */
const reserved = new Set(['then', 'constructor', 'toString', 'toJSON', '__proto__']);

const ofEveryObject = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether an operation must not have this name, so that awaiting or printing a proxy sends nothing. */
export function isReservedName(name: string): boolean {
  return reserved.has(name) || ofEveryObject.has(name);
}

/** Whether tools probe objects for this name. A proxy returns `undefined` for it if no operation has the name. */
export function isProbedName(name: string): boolean {
  return isReservedName(name) || probed.has(name);
}

const probed = new Set(['catch', 'finally', 'inspect', 'nodeType', 'tagName', 'asymmetricMatch', '$$typeof', 'length']);

/** One line for each key of `options` that is not a known option. */
export function unknownOptions(where: string, options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      const offer = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
      return `${where} has an unknown option ${JSON.stringify(key)}: ${offer}`;
    });
}
