/**
 * TypeORM, for those who make and migrate the tables. Not by `import`: for that, Node would read all of its files for the names that
 * they export before it runs one, which takes half as long again. Always the copy that `import 'typeorm'` gives.
 */
import { createRequire } from 'node:module';
import type * as TypeOrm from 'typeorm';
import { peerMissing } from '../../errors/package-errors.js';

export const { DataSource, EntitySchema } = load();

/** @throws PackageError */
function load(): typeof TypeOrm {
  try {
    return createRequire(import.meta.url)('typeorm') as typeof TypeOrm;
  } catch (cause) {
    throw peerMissing('typeorm', cause);
  }
}
