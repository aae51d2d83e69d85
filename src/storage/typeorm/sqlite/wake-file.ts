import { watch, writeFileSync, type FSWatcher } from 'node:fs';
import { utimes } from 'node:fs/promises';

/**
 * An empty file beside the database. A client touches it after it has appended to the inbox, and the watching host then reads the inbox at
 * once. The file is only a hint: if it cannot be watched or is deleted, the host finds messages by polling.
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

  /** Touches the file. All touches during a touch become one. */
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
