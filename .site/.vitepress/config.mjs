/** Configuration of the site of the documentation: pages from docs/, with search, and without links that lead nowhere. */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { defineConfig } from 'vitepress';

// Pages resolve the packages of this folder only from inside of it, so a start copies them.
const pages = new URL('../pages/', import.meta.url);
rmSync(pages, { recursive: true, force: true });
cpSync(new URL('../../docs/', import.meta.url), pages, { recursive: true });

const index = readFileSync(new URL('README.md', pages), 'utf8');

/** The groups of the index as the sidebar, so that both have the same pages. */
const sidebar = index
  .split(/^## /m)
  .slice(1)
  .map((group) => ({
    text: group.slice(0, group.indexOf('\n')),
    items: Array.from(group.matchAll(/^- \[([^\]]+)\]\(([^)]+)\.md\)/gm), ([, text, path]) => ({
      text,
      link: `/${path}`,
    })),
  }));

export default defineConfig({
  title: 'durable-entities',
  description: 'Durable entities and orchestrations for TypeScript, on your own SQL database',
  srcDir: 'pages',
  outDir: '.vitepress/dist',
  cacheDir: '.vitepress/cache',
  rewrites: { 'README.md': 'index.md' },
  // Files of the repository that are no pages: test/docs/links.spec.ts checks that they exist.
  ignoreDeadLinks: [
    /^(\.\/)?(\.\.\/)+(samples|test|bench|src|packaging|CHANGELOG|SECURITY|README)\b/,
    /\/adr$/,
    /^\.\/adr$/,
  ],
  // The anchors that GitHub makes, because the links of the pages are written for them.
  markdown: {
    html: true,
    anchor: {
      slugify: (text) =>
        text
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
          .replaceAll(' ', '-'),
    },
  },
  themeConfig: { sidebar, search: { provider: 'local' }, outline: [2, 3] },
});
