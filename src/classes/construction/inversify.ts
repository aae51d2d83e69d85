/**
 * Loads inversify when the first class needs it. Loading takes about 100 ms, and a class without injections does not need it. The loaded
 * copy is always the one of `import 'inversify'`: Node has one instance of the module for both.
 */
import { createRequire } from 'node:module';
import type * as Inversify from 'inversify';
import { hasNoRequire, peerMissing } from '../../errors/package-errors.js';

let loaded: typeof Inversify | undefined;

export function inversify(): typeof Inversify {
  return (loaded ??= load());
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
