/**
 * TypeORM, for code that creates and migrates tables on a database server. Loaded with `require`: for `import`, Node would first read all files for their exported
 * names, which takes 50 % longer. This is the same copy that `import 'typeorm'` loads.
 */
import { createRequire } from 'node:module';
import type * as TypeOrm from 'typeorm';
import { peerMissing } from '../../errors/package-errors.js';

export const { DataSource } = load();

/** @throws PackageError */
function load(): typeof TypeOrm {
  try {
    return createRequire(import.meta.url)('typeorm') as typeof TypeOrm;
  } catch (cause) {
    throw peerMissing('typeorm', cause);
  }
}
