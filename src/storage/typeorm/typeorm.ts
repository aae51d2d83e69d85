/**
 * TypeORM, for code that creates and migrates tables on a database server. Loaded with `require`: for `import`, Node would first read all files for their exported
 * names, which takes 50 % longer. This is the same copy that `import 'typeorm'` loads.
 */
import { createRequire } from 'node:module';
import type * as TypeOrm from 'typeorm';
import { hasNoRequire, peerMissing } from '../../errors/package-errors.js';

export const { DataSource } = load();

/** @throws PackageError */
function load(): typeof TypeOrm {
  try {
    // A bundler finds this call, and puts the package in its place. An ES module of Node has no `require`.
    return require('typeorm') as typeof TypeOrm;
  } catch (cause) {
    if (!hasNoRequire(cause)) throw peerMissing('typeorm', cause);
  }
  try {
    return createRequire(import.meta.url)('typeorm') as typeof TypeOrm;
  } catch (cause) {
    throw peerMissing('typeorm', cause);
  }
}
