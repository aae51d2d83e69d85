/**
 * inversify, loaded when the first class needs it: loading takes about 100 ms, and a class that nothing is injected into needs
 * none of it. Always the copy that `import 'inversify'` gives: Node has one instance of a module for both.
 */
import { createRequire } from 'node:module';
import type * as Inversify from 'inversify';
import { peerMissing } from '../../errors/package-errors.js';

let loaded: typeof Inversify | undefined;

export function inversify(): typeof Inversify {
  return (loaded ??= load());
}

/** @throws PackageError */
function load(): typeof Inversify {
  try {
    return createRequire(import.meta.url)('inversify') as typeof Inversify;
  } catch (cause) {
    throw peerMissing('inversify', cause);
  }
}
