/**
 * Loads inversify when the first class needs it. Loading takes about 100 ms, and a class without injections does not need it. In Node the
 * loaded copy is the one of `import 'inversify'`. Loaders such as tsx give `require` a copy of its own: the decorators of both copies write
 * the same metadata, and `containerClassOf` serves the containers of both.
 */
import { createRequire } from 'node:module';
import type * as Inversify from 'inversify';
import { hasNoRequire, peerMissing } from '../../errors/package-errors.js';
import { isA } from '../../model/options.js';

let loaded: typeof Inversify | undefined;

export function inversify(): typeof Inversify {
  return (loaded ??= load());
}

/** The class Container of the copy of inversify 8 that made this container. `undefined` if the value is no such container. */
export function containerClassOf(value: unknown): typeof Inversify.Container | undefined {
  const { Container } = inversify();
  if (isA(value, Container)) return Container;
  try {
    const prototype = basePrototype(value);
    const methods = Object.getOwnPropertyNames(Container.prototype);
    // The methods differ between the versions of inversify, so another copy with all of them is of a version that works.
    if (!methods.every((name) => typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function')) return;
    return (prototype as InstanceType<typeof Container>).constructor as typeof Container;
  } catch {
    // A proxy may throw.
    return undefined;
  }
}

/** The prototype right above that of all objects: a program may give an object of a subclass. @throws TypeError if it has no such prototype */
function basePrototype(value: unknown): object {
  let prototype = Object.getPrototypeOf(value) as object;
  for (let next = prototype; next !== null; next = Object.getPrototypeOf(next) as object)
    if (Object.getPrototypeOf(next) !== null) prototype = next;
  return prototype;
}

/** @throws PackageError */
function load(): typeof Inversify {
  try {
    // A bundler finds this call, and puts the package in its place. An ES module of Node has no `require`.
    return require('inversify') as typeof Inversify;
  } catch (cause) {
    if (!hasNoRequire(cause)) throw peerMissing('inversify', cause);
  }
  try {
    return createRequire(import.meta.url)('inversify') as typeof Inversify;
  } catch (cause) {
    throw peerMissing('inversify', cause);
  }
}
