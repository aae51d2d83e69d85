/**
 * A disk as POSIX allows it to be: of what was written since the last sync of a file, a power failure may leave any part; of names
 * that were made, changed or removed since the last sync of their folder, likewise.
 */
import type { DiskRecord } from './recording.js';

/** One write or truncation. */
export interface Change {
  readonly order: number;
  readonly at: number;
  /** `undefined` if the file was cut or extended to `at` bytes. */
  readonly data: Buffer | undefined;
}

export class DiskFile {
  /** The bytes that are on the disk for certain. */
  readonly content = new Content();
  /** Since the last sync, oldest first. */
  pending: Change[] = [];

  /** Makes the changes before this one durable. */
  sync(before: number): void {
    const first = this.pending.findIndex(({ order }) => order >= before);
    const count = first === -1 ? this.pending.length : first;
    for (const change of this.pending.splice(0, count)) this.content.apply(change);
  }
}

/** The bytes of a file. */
export class Content {
  private bytes: Buffer;

  constructor(
    initial = Buffer.alloc(0),
    private size = initial.length,
  ) {
    this.bytes = initial;
  }

  get now(): Buffer {
    return this.bytes.subarray(0, this.size);
  }

  apply({ at, data }: Change): void {
    const end = data === undefined ? at : at + data.length;
    if (end > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.size);
      this.bytes = grown;
    }
    data?.copy(this.bytes, at);
    // Bytes that are cut off return as zeros if the file grows again.
    if (data === undefined && at < this.size) this.bytes.fill(0, at, this.size);
    this.size = data === undefined ? at : Math.max(this.size, end);
  }
}

interface Name {
  /** The file of this name that is on the disk for certain. */
  durable: DiskFile | undefined;
  /** Files that got this name since the last sync of the folder, oldest first; `undefined` if the name was removed. */
  pending: { readonly order: number; readonly file: DiskFile | undefined }[];
}

export class Disk {
  readonly names = new Map<string, Name>();
  private readonly files = new Map<number, DiskFile>();
  private readonly folders = new Map<number, string>();
  /** Where each thread's sync began. */
  private readonly syncs = new Map<number, number>();
  private order = 0;

  /** @param lies whether the disk only says that it synced */
  apply(record: DiskRecord, lies = false): void {
    const order = this.order++;
    const { kind, thread, file, at, name, data } = record;
    switch (kind) {
      case 'created':
        return this.bind(name, this.create(file), order);
      case 'opened':
        if (at === 1) this.folders.set(file, name);
        else if (!this.files.has(file)) throw new Error(`${name} was there before the recording began`);
        return;
      case 'written':
        return void this.known(file).pending.push({ order, at, data });
      case 'truncated':
        return void this.known(file).pending.push({ order, at, data: undefined });
      case 'sync begins':
        return void this.syncs.set(thread, order);
      case 'sync ends':
        return lies ? undefined : this.sync(file, this.syncs.get(thread) ?? 0);
      case 'unlinked':
        return this.bind(name, undefined, order);
      case 'renamed': {
        const moved = this.now(name);
        this.bind(name, undefined, order);
        return this.bind(data.toString(), moved, order);
      }
    }
  }

  /** The file that a running process finds under this name. */
  now(name: string): DiskFile | undefined {
    const known = this.names.get(name);
    return known?.pending.length ? known.pending.at(-1)?.file : known?.durable;
  }

  /** Makes everything that was written into this file durable. */
  keep(inode: number): void {
    this.known(inode).sync(this.order);
  }

  private create(inode: number): DiskFile {
    const file = new DiskFile();
    // The number of a file that is gone may be given again.
    this.files.set(inode, file);
    return file;
  }

  private known(inode: number): DiskFile {
    const file = this.files.get(inode);
    if (file === undefined) throw new Error(`nobody opened the file ${inode}`);
    return file;
  }

  private bind(name: string, file: DiskFile | undefined, order: number): void {
    const known = this.names.get(name) ?? { durable: undefined, pending: [] };
    known.pending.push({ order, file });
    this.names.set(name, known);
  }

  private sync(inode: number, before: number): void {
    const folder = this.folders.get(inode);
    if (folder === undefined) return this.known(inode).sync(before);
    for (const [name, known] of this.names) {
      if (folderOf(name) !== folder) continue;
      const kept = known.pending.filter((binding) => binding.order >= before);
      const synced = known.pending[known.pending.length - kept.length - 1];
      if (synced !== undefined) known.durable = synced.file;
      known.pending = kept;
    }
  }
}

function folderOf(name: string): string {
  const end = name.lastIndexOf('/');
  return end === -1 ? '' : name.slice(0, end);
}
