/** Program of `postpack`: puts back what `prepack` has changed outside of `dist`. */
import { join, resolve } from 'node:path';
import { restorePages } from './pages.js';

const root = resolve(import.meta.dirname, '../..');
restorePages(root, join(root, 'dist/pages-of-the-repository'));
