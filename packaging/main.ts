/**
 * The last step before the package is packed (`prepack`): bundles foreign packages into the files that list them, writes the notices of
 * their licences, joins modules and declarations into few files, makes these small, and puts the pages of the package in their place. In
 * development these packages are devDependencies, and nothing is bundled or joined.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, bundledFiles } from './bundle.js';
import { joinDeclarations } from './declarations.js';
import { packageEntries } from './entries.js';
import { joinModules } from './join.js';
import { noticesOf } from './notices.js';
import { putPackedPages } from './pages.js';
import { slim } from './slim.js';

const root = resolve(import.meta.dirname, '../..');

const packages = new Set<string>();
for (const name of bundledFiles) {
  const found = await bundle(join(root, 'src', `${name}.ts`), join(root, 'dist/src', `${name}.js`));
  for (const folder of found) packages.add(folder);
}
writeFileSync(join(root, 'NOTICES.txt'), noticesOf([...packages]));

const folder = join(root, 'dist/src');
const { modules, types } = packageEntries(root);
await joinModules(folder, { modules, bundles: bundledFiles });
await joinDeclarations(
  folder,
  types.map((path) => path.replace('./dist/src/', '').replace(/\.d\.ts$/, '')),
);
slim(folder, bundledFiles);
putPackedPages(root, join(root, 'dist/pages-of-the-repository'));
console.log(`bundled ${packages.size} packages into ${bundledFiles.join(', ')}`);
