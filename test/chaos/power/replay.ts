/** Goes through a recording, and knows at each point what is on the disk, and what the clients had written down by then. */
import { Disk } from './disk.js';
import { liesOf, type Honesty } from './honesty.js';
import type { DiskRecord } from './recording.js';

export const situations = [
  'before the first acknowledgement',
  'in a checkpoint',
  'right after an acknowledgement',
  'while files come or go',
  'in a commit',
  'between commits',
] as const;
/** The work that was under way when the power failed. */
export type Situation = (typeof situations)[number];

export interface ReplayedFiles {
  /** The folder of the disk that fails. Everything else in the recorded folder is written by observers, and never lost. */
  readonly folder: string;
  /** The database, in that folder. */
  readonly database: string;
}

/** In each line of a history that is an acknowledgement. */
const acknowledged = '"done":';

export class Replay {
  readonly disk = new Disk();
  /** The number of records that were replayed. */
  position = 0;
  acknowledgements = 0;
  private readonly observers = new Disk();
  private readonly lies: ReadonlySet<number>;
  private readonly observed = new Set<number>();
  private readonly database: string;

  constructor(
    private readonly records: readonly DiskRecord[],
    private readonly files: ReplayedFiles,
    honesty: Honesty = 'honest',
  ) {
    this.database = `${files.folder}/${files.database}`;
    this.lies = liesOf(honesty, records, this.database);
  }

  /** Goes on until so many records were replayed. */
  goTo(position: number): void {
    for (; this.position < position; this.position++) this.apply(this.records[this.position] as DiskRecord);
  }

  get situation(): Situation {
    const { disk, database, acknowledgements } = this;
    const last = this.records[this.position - 1];
    const isUnsynced = (name: string) => (disk.now(name)?.pending.length ?? 0) > 0;
    if (acknowledgements === 0) return 'before the first acknowledgement';
    if (isUnsynced(database)) return 'in a checkpoint';
    if (last !== undefined && this.isAcknowledgement(last)) return 'right after an acknowledgement';
    if ([database, `${database}-wal`].some((name) => (disk.names.get(name)?.pending.length ?? 0) > 0))
      return 'while files come or go';
    return isUnsynced(`${database}-wal`) ? 'in a commit' : 'between commits';
  }

  /** Files of the observers, as they are written so far, by name. */
  *observations(): Iterable<[name: string, content: Buffer]> {
    for (const name of this.observers.names.keys()) {
      const file = this.observers.now(name);
      if (file !== undefined) yield [name, file.content.now];
    }
  }

  private apply(record: DiskRecord): void {
    const { kind, name, file, at } = record;
    if ((kind === 'opened' || kind === 'created') && at !== 1)
      if (name.startsWith(`${this.files.folder}/`)) this.observed.delete(file);
      else this.observed.add(file);
    if (!this.isObservers(record)) return this.disk.apply(record, this.lies.has(this.position));
    this.observers.apply(record);
    if (kind === 'written') this.observers.keep(file);
    if (this.isAcknowledgement(record)) this.acknowledgements++;
  }

  private isObservers({ kind, file, name }: DiskRecord): boolean {
    return kind === 'unlinked' || kind === 'renamed' ? !name.startsWith(this.files.folder) : this.observed.has(file);
  }

  private isAcknowledgement(record: DiskRecord): boolean {
    return record.kind === 'written' && this.isObservers(record) && record.data.includes(acknowledged);
  }
}
