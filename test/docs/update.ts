/** Brings every page up to date: `npm run docs`; with names of pages (`npm run docs:checklist`), only those. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFiles } from './embedded.js';
import { withGenerated } from './generated.js';
import { pages, root, textOf } from './pages.js';

const wanted = process.argv.slice(2);
for (const page of pages()) {
  if (wanted.length > 0 && !wanted.includes(page)) continue;
  const before = textOf(page);
  const after = await withGenerated(withFiles(before));
  if (after === before) continue;
  writeFileSync(join(root, page), after);
  console.log(`updated ${page}`);
}
