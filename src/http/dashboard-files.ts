/** Files of the dashboard: static, built into `dist/dashboard`, and served from memory. Only files that exist there have an address. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { gzip } from 'node:zlib';
import { packageCode } from '../model/package-place.js';
import type { Answer } from './exchange.js';

/** `undefined` in a bundle: the files are not beside it. */
const builtInto = packageCode === undefined ? undefined : fileURLToPath(new URL('../dashboard', packageCode));

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

interface File {
  readonly type: string;
  readonly content: Uint8Array;
  readonly zipped: Uint8Array;
}

export class DashboardFiles {
  private files: Promise<ReadonlyMap<string, File>> | undefined;

  constructor(private readonly folder: string | undefined = builtInto) {}

  /** The file of a path (`/`, `/assets/main.js`). `undefined` if there is no such file. */
  async find(path: string, acceptEncoding: string | undefined): Promise<Answer | undefined> {
    const files = await (this.files ??= readFiles(this.folder));
    const file = files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return path === '/' ? missing : undefined;
    const { type, content, zipped } = file;
    const isZipped = /\bgzip\b/.test(acceptEncoding ?? '');
    return {
      status: 200,
      headers: { vary: 'accept-encoding', ...(isZipped && { 'content-encoding': 'gzip' }) },
      bytes: { type, content: isZipped ? zipped : content },
    };
  }
}

const missing: Answer = {
  status: 404,
  text: {
    type: 'text/plain; charset=utf-8',
    content:
      'The dashboard is not built, or this program is a bundle without its files. Leave durable-entities out of the bundle, or run `npm run build:dashboard` in its source.\n',
  },
};

/** The map has no other paths than those of the files, so no path leads out of the folder. */
async function readFiles(folder: string | undefined): Promise<ReadonlyMap<string, File>> {
  const files = new Map<string, File>();
  if (folder === undefined) return files;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    const type = types[entry.name.slice(entry.name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    files.set(`/${relative(folder, path).split(sep).join('/')}`, {
      type,
      content,
      zipped: await promisify(gzip)(content),
    });
  }
  return files;
}
