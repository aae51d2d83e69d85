/**
 * Copies of the packages that a process must have once: this package, class-transformer and reflect-metadata. A class that one copy
 * decorated is unknown to another copy.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RegistrationError } from '../errors/index.js';
import { quoted } from '../errors/text.js';
import { packageCode } from '../model/package-place.js';

/** Whether a bundler moved this file. */
const isBundled = packageCode === undefined;

/** Place of this copy: the folder of the package, or the file of the bundle. */
const place = packageCode === undefined ? bundleFile() : resolve(fileURLToPath(packageCode), '../..');

function bundleFile(): string {
  // A bundle that is CommonJS has no `import.meta.url`.
  return typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url);
}

/** The most copies that are remembered. A watcher that loads the program again adds none: the place is the same. */
const copiesMax = 16;

/** Places of all loaded copies of this package. All copies share the list, whatever their version. */
const places = sharedPlaces();
if (places.size < copiesMax) places.add(place);

function sharedPlaces(): Set<string> {
  const holder = globalThis as unknown as Record<symbol, unknown>;
  const key = Symbol.for('durable-entities.copies');
  const given = holder[key];
  if (given instanceof Set) return given as Set<string>;
  const made = new Set<string>();
  Object.defineProperty(holder, key, { value: made });
  return made;
}

/** The ends of paths of files that `require` and `import` load, by the name of their package. */
const files = {
  'class-transformer': ['', 'class-transformer', 'cjs', 'storage.js'].join(sep),
  'reflect-metadata': ['', 'reflect-metadata', 'Reflect.js'].join(sep),
} as const;

/** The modules that are loaded. All `require` functions share this cache, and it has the CommonJS modules that `import` loads. */
const { cache } = createRequire(process.execPath);

const consequences = {
  'durable-entities': 'A class that one of them decorated is not known to the other',
  'class-transformer': 'Annotations that another copy wrote are not read',
  'reflect-metadata': 'Types that one of them recorded may be missing in the other',
} as const;

/** Warnings for the log of a starting host: each package of which the process has loaded several copies, with their places. */
export function copyWarnings(): readonly string[] {
  const loaded = Object.keys(cache);
  const found: [keyof typeof consequences, readonly string[]][] = [['durable-entities', [...places]]];
  for (const [name, file] of Object.entries(files)) {
    // The length of what follows the name of the package.
    const rest = file.length - sep.length - name.length;
    const copies = loaded.filter((path) => path.endsWith(file)).map((path) => path.slice(0, -rest));
    found.push([name as keyof typeof files, copies]);
  }
  return found
    .filter(([, copies]) => copies.length > 1)
    .map(
      ([name, copies]) =>
        `this process has ${copies.length} copies of ${name}: ${copies.map((copy) => quoted(copy)).join(' and ')}. ` +
        `${consequences[name]}. Keep one of them (npm ls ${name}).`,
    );
}

/**
 * Checks that the main file of the process is not a bundle with a class-transformer of its own, while this package is outside of that
 * bundle and reads the annotations of another copy. Every `@Exclude()` of the bundle would be ignored. Other files of a bundle are not read.
 * @throws RegistrationError
 */
export async function checkAnnotationsOfMain(registered: readonly unknown[], main = process.argv[1]): Promise<void> {
  if (isBundled || main === undefined || !registered.some((each) => typeof each === 'function')) return;
  const content = await readFile(main).catch(() => undefined);
  // Members of its storage of annotations. A minifier does not rename them.
  if (content?.includes('addExcludeMetadata') !== true || !content.includes('_excludeMetadatas')) return;
  throw new RegistrationError(
    [
      `the bundle ${quoted(main)} has a class-transformer of its own, and durable-entities, which is outside of the bundle, does not read its annotations`,
    ],
    'Leave class-transformer out of the bundle too (esbuild: --external:class-transformer), or put durable-entities into it.',
  );
}
