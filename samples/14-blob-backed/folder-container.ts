import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A container of blobs that is a folder. */
export class FolderContainer {
  constructor(private readonly folder: string) {}

  /** Replaces what has this name; a reader sees the old text or the new one, whole. */
  async upload(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, `.${name}`), text);
    await rename(join(this.folder, `.${name}`), join(this.folder, name));
  }

  async download(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  /** No error when there is none. */
  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }

  async list(): Promise<string[]> {
    return (await readdir(this.folder)).sort();
  }
}
