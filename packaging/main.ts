/**
 * The last step before the package is packed (`prepack`): bundles foreign packages into the files that list them, writes the notices of
 * their licences, joins the modules into few files, and makes these small. In development these packages are devDependencies, and nothing is
 * bundled or joined.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, bundledFiles } from './bundle.js';
import { packageEntries } from './entries.js';
import { joinModules } from './join.js';
import { noticesOf } from './notices.js';
import { slim } from './slim.js';

const root = resolve(import.meta.dirname, '../..');

const packages = new Set<string>();
for (const name of bundledFiles) {
  const found = await bundle(join(root, 'src', `${name}.ts`), join(root, 'dist/src', `${name}.js`));
  for (const folder of found) packages.add(folder);
}
writeFileSync(join(root, 'NOTICES.txt'), noticesOf([...packages]));

const { modules, types } = packageEntries(root);
await joinModules(join(root, 'dist/src'), { modules, bundles: bundledFiles });
slim(
  join(root, 'dist/src'),
  types.map((path) => join(root, path)),
);
console.log(`bundled ${packages.size} packages into ${bundledFiles.join(', ')}`);
