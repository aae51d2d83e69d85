import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder as a container of blobs. */
export class FolderContainer {
  constructor(private readonly folder: string) {}

  /** Replaces the blob with this name. A reader sees the complete old text or the complete new text. */
  async upload(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, `.${name}`), text);
    await rename(join(this.folder, `.${name}`), join(this.folder, name));
  }

  async download(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  /** Deletes the blob. There is no error if it does not exist. */
  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }

  async list(): Promise<string[]> {
    return (await readdir(this.folder)).sort();
  }
}
