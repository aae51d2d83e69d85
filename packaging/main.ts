/**
 * The last step before the package is packed (`prepack`): bundles foreign packages into the files that list them, writes the notices of
 * their licences, and makes the compiled files small. In development these packages are devDependencies, and nothing is bundled.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, bundledFiles } from './bundle.js';
import { noticesOf } from './notices.js';
import { slim } from './slim.js';

const root = resolve(import.meta.dirname, '../..');

const packages = new Set<string>();
for (const name of bundledFiles) {
  const found = await bundle(join(root, 'src', `${name}.ts`), join(root, 'dist/src', `${name}.js`));
  for (const folder of found) packages.add(folder);
}
writeFileSync(join(root, 'NOTICES.txt'), noticesOf([...packages]));

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { readonly types: string }>;
};
const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [join(root, entry.types)]));
slim(join(root, 'dist/src'), entries);
console.log(`bundled ${packages.size} packages into ${bundledFiles.join(', ')}`);
