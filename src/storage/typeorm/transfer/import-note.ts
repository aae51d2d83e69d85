/**
 * Note of an import that has not ended. It stands in place of the names of the task hub, so it is written with the rows that it counts, and
 * no table is needed for it.
 */
import { StorageError } from '../../../errors/index.js';

export interface ImportNote {
  /** Hash of the head of the export. */
  readonly head: string;
  /** Number of the first rows of the export that are stored, or are read again at the end. */
  readonly rows: number;
  /** Hash of these rows. */
  readonly hash: string;
}

const prefix = 'import:';

export function noteText(note: ImportNote): string {
  return JSON.stringify([`${prefix}${JSON.stringify(note)}`]);
}

/** @param names the text of the names of a task hub. `undefined` if no import is open */
export function readNote(names: string): ImportNote | undefined {
  if (!names.includes(`"${prefix}`)) return undefined;
  const [text] = JSON.parse(names) as [string];
  return JSON.parse(text.slice(prefix.length)) as ImportNote;
}

/** @throws StorageError if an import into the task hub has not ended */
export function checkNoImport(names: string): void {
  const note = readNote(names);
  if (note === undefined) return;
  throw new StorageError(
    `An import into this task hub has not ended: ${note.rows} rows are there.`,
    'Run the same import again: it goes on. Or use a new file, or a new schema of the database.',
  );
}
