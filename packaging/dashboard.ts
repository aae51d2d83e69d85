/** Build of the dashboard: static files in `dist/dashboard`, made again only after a change of their sources. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const source = join(root, 'dashboard');
const output = join(root, 'dist/dashboard');
/** Hash of the sources that the files were made of. */
const stamp = join(root, 'dist/.dashboard-sources');

/** Builds the dashboard if it is missing or stale. Resolves with whether it was built. */
export async function buildDashboard(): Promise<boolean> {
  const hash = hashOfSources();
  const isFresh = existsSync(join(output, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (isFresh) return false;
  // Loading vite takes longer than the check.
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: source,
    // Relative addresses work below any mount point.
    base: './',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: output,
      emptyOutDir: true,
      target: 'es2022',
      // The content policy allows nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: 'notices.md' },
    },
  });
  writeFileSync(stamp, hash);
  return true;
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((file) => join(file.parentPath, file.name)).toSorted()) {
    hash.update(`\0${path.slice(source.length)}\0`).update(readFileSync(path));
  }
  return hash.update(readFileSync(import.meta.filename)).digest('hex');
}
