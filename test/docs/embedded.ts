/** Code blocks that show a file, or a region of one: `<!-- file: PATH -->` and `<!-- file: PATH#REGION -->`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages.js';

const marked = /(<!-- file: (\S+?)(?:#(\S+))? -->\n+```\w+\n)[\s\S]*?(```)/g;

/** The page with every marked code block showing what its file holds, as a user of the package would write it. */
export function withFiles(page: string): string {
  return page.replaceAll(
    marked,
    (_whole, head: string, file: string, region: string | undefined, end: string) => head + shown(file, region) + end,
  );
}

/** The code of a page that no marker stands before: nobody knows whether it works. */
export function unmarkedCode(page: string): string[] {
  const outside = page.replaceAll(marked, '').replaceAll(/<!-- generated: [\s\S]*?<!-- \/generated -->/g, '');
  return outside.match(/```(?:ts|typescript|js|javascript)\b[^\n]*\n[^\n]*/g) ?? [];
}

function shown(file: string, region: string | undefined): string {
  const text = readFileSync(join(root, file), 'utf8');
  return (region === undefined ? text : regionOf(text, region, file))
    .replaceAll(/^\s*\/\/ #(end)?region\b.*\n/gm, '')
    .replaceAll(/'(\.\.\/)+src\/index\.js'/g, "'durable-entities'")
    .replaceAll(/'(?:\.\.\/)+src\/(\w+)\/index\.js'/g, "'durable-entities/$1'");
}

function regionOf(text: string, region: string, file: string): string {
  const found = new RegExp(`^// #region ${region}\\n([\\s\\S]*?)^// #endregion`, 'm').exec(text);
  if (found === null) throw new Error(`${file} has no region ${region} that begins and ends at the left margin`);
  return `${(found[1] as string).trim()}\n`;
}
