import { nearest } from '../model/nearest.js';

/** Names that JavaScript, or the machinery of a promise, a printer or a debugger, asks every object for. */
const reserved = new Set(['then', 'constructor', 'toString', 'toJSON', '__proto__']);

const ofEveryObject = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether an interface may not have an operation of this name: a proxy must stay inert when it is awaited or printed. */
export function isReservedName(name: string): boolean {
  return reserved.has(name) || ofEveryObject.has(name);
}

/** Whether a proxy answers `undefined` to this name even though no operation has it: what tools probe objects for. */
export function isProbedName(name: string): boolean {
  return isReservedName(name) || probed.has(name);
}

const probed = new Set(['catch', 'finally', 'inspect', 'nodeType', 'tagName', 'asymmetricMatch', '$$typeof', 'length']);

/** The problem of options that have keys nobody reads; one line each. */
export function unknownOptions(where: string, options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      const offer = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
      return `${where} has an unknown option ${JSON.stringify(key)}: ${offer}`;
    });
}
