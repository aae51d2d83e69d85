/** Entries of the package: what `exports` and `bin` of its manifest name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackageEntries {
  /** Paths within `dist/src`, without extension. */
  readonly modules: readonly string[];
  /** Declaration files, from the folder of the package. */
  readonly types: readonly string[];
}

/** @param root the folder of `package.json` */
export function packageEntries(root: string): PackageEntries {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly types: string; readonly default: string }>;
    bin: Record<string, string>;
  };
  const entries = Object.values(exports).filter((entry) => typeof entry !== 'string');
  const code = [...entries.map((entry) => entry.default), ...Object.values(bin)];
  return {
    modules: code.map((path) => path.replace('./dist/src/', '').replace(/\.js$/, '')),
    types: entries.map((entry) => entry.types),
  };
}
