import { watch, writeFileSync, type FSWatcher } from 'node:fs';
import { utimes } from 'node:fs/promises';

/**
 * An empty file beside the database. Who appends to the inbox touches it, and the host that watches it looks sooner than it would.
 * Only a hint: where files cannot be watched, or the file is deleted, messages are found by polling.
 */
export class WakeFile {
  private readonly file: string;
  private readonly watchers = new Set<FSWatcher>();
  private touching = false;
  private again = false;

  constructor(database: string) {
    this.file = `${database}-wake`;
  }

  listen(callback: () => void): () => void {
    try {
      writeFileSync(this.file, '', { flag: 'a' });
      const watcher = watch(this.file, { persistent: false }, () => callback());
      watcher.on('error', () => watcher.close());
      this.watchers.add(watcher);
      return () => {
        this.watchers.delete(watcher);
        watcher.close();
      };
    } catch {
      return () => {};
    }
  }

  /** Touches that come while one is under way are one. */
  touch(): void {
    this.again = true;
    if (this.touching) return;
    this.touching = true;
    void this.touchAll();
  }

  private async touchAll(): Promise<void> {
    while (this.again) {
      this.again = false;
      const now = new Date();
      await utimes(this.file, now, now).catch(() => {});
    }
    this.touching = false;
  }

  close(): void {
    for (const watcher of this.watchers) watcher.close();
    this.watchers.clear();
  }
}
