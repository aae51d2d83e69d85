/** The log of native/recorder.c: changes that recorded processes made to their files, in their order. */

/** The same numbers as in recorder.c. */
const kinds = {
  1: 'opened',
  2: 'created',
  3: 'written',
  4: 'truncated',
  5: 'sync begins',
  6: 'sync ends',
  7: 'unlinked',
  8: 'renamed',
} as const;
export type RecordKind = (typeof kinds)[keyof typeof kinds];

export interface DiskRecord {
  readonly kind: RecordKind;
  readonly thread: number;
  /** The inode; 0 if the record is about a name only. */
  readonly file: number;
  /** Written: the offset. Truncated: the new size. Opened: 1 if it is a folder. */
  readonly at: number;
  /** Below the recorded folder; empty for the folder itself, and where the record is not about a name. */
  readonly name: string;
  /** Written: the bytes. Renamed: the new name. */
  readonly data: Buffer;
}

const headerLength = 32;

/** @throws Error if the log is not whole */
export function readRecording(log: Buffer): readonly DiskRecord[] {
  const records: DiskRecord[] = [];
  for (let at = 0; at < log.length;) {
    const kind = kinds[log.readUInt32LE(at) as keyof typeof kinds] as RecordKind | undefined;
    const [nameLength, dataLength] = [log.readUInt32LE(at + 24), log.readUInt32LE(at + 28)];
    const nameAt = at + headerLength;
    const end = nameAt + nameLength + dataLength;
    if (kind === undefined || end > log.length) throw new Error(`the log is damaged at byte ${at}`);
    records.push({
      kind,
      thread: log.readUInt32LE(at + 4),
      file: Number(log.readBigUInt64LE(at + 8)),
      at: Number(log.readBigUInt64LE(at + 16)),
      name: log.toString('utf8', nameAt, nameAt + nameLength),
      data: log.subarray(nameAt + nameLength, end),
    });
    at = end;
  }
  return records;
}
