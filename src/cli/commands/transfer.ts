/** The commands `export` and `import`: a whole task hub as lines of JSON, to move it to another file or another kind of database. */
import { createHash, type Hash } from 'node:crypto';
import { open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { importInto, openExport, type ExportHead, type ExportPlace, type ExportSource } from '../../host/transfer.js';
import { CliError } from '../cli-error.js';
import { noteLogger, storageOf } from '../connection/target.js';
import { Progress } from '../output/progress.js';
import { safeJson, safeText } from '../output/safe-text.js';
import type { Terminal } from '../output/terminal.js';
import { countText } from '../output/times.js';
import { argument, command, jsonFlag, optionalText, storageFlags, writeValue } from './command.js';

const fileArgument = argument('file', 'File of lines of JSON');

/** Bytes that are collected before a write. */
const writeBytes = 256 * 1024;

function lineOf({ table, row }: ExportPlace): string {
  return `${safeJson({ [table]: row })}\n`;
}

/** Output of an interrupted export: complete lines, and their hash. */
interface Written {
  readonly bytes: number;
  readonly rows: number;
  readonly last: ExportPlace;
  readonly hash: Hash;
}

export const exportHub = command<{ storage?: string; json?: boolean }, [file: string]>({
  brief: 'Writes a whole task hub into a file. No host may run. An export that was interrupted goes on where it ended',
  flags: { ...storageFlags, json: jsonFlag },
  args: { kind: 'tuple', parameters: [fileArgument] },
  async run(terminal, flags, [name]) {
    const storage = await storageOf(flags, terminal);
    const file = resolve(terminal.around.cwd, name);
    if ((await stat(file).catch(() => undefined)) !== undefined)
      throw new CliError('refused', `${JSON.stringify(file)} exists already.`, 'Name another file, or delete it.');
    const source = await openExport(storage, noteLogger(terminal));
    try {
      const rows = await writeExport(terminal, source, `${file}.partial`);
      await rename(`${file}.partial`, file);
      await writeValue(terminal, flags, { file, rows }, () => `${countText(rows)} rows in ${safeText(file)}\n`);
    } finally {
      await source.close();
    }
  },
});

/** Writes all rows. Resolves with their number when they are on the disk. */
async function writeExport(terminal: Terminal, source: ExportSource, partial: string): Promise<number> {
  const { head } = source;
  const done = await writtenBefore(partial, head);
  const total = Object.values(head.rows).reduce((sum, rows) => sum + rows, 0);
  if (done === undefined) await unlink(partial).catch(() => {});
  else terminal.note(`goes on after ${countText(done.rows)} rows\n`);
  const handle = await open(partial, done === undefined ? 'wx' : 'r+', 0o600);
  const bar = new Progress(terminal, 'export', total);
  try {
    await handle.truncate(done?.bytes ?? 0);
    const writer = new LineWriter(handle, done?.bytes ?? 0, done?.hash ?? createHash('sha256'));
    if (done === undefined) await writer.write(`${safeJson({ head })}\n`);
    let rows = done?.rows ?? 0;
    for await (const place of source.rows(done?.last)) {
      terminal.around.signal.throwIfAborted();
      await writer.write(lineOf(place));
      bar.update(++rows);
    }
    await writer.end(rows);
    return rows;
  } finally {
    bar.end();
    await handle.close();
  }
}

class LineWriter {
  private waiting: string[] = [];
  private size = 0;

  constructor(
    private readonly handle: FileHandle,
    private position: number,
    private readonly hash: Hash,
  ) {}

  async write(line: string): Promise<void> {
    this.hash.update(line);
    this.waiting.push(line);
    this.size += line.length;
    if (this.size >= writeBytes) await this.flush();
  }

  /** Writes the last line, with the hash of all before, and syncs the file. */
  async end(rows: number): Promise<void> {
    this.waiting.push(`${safeJson({ end: { rows, sha256: this.hash.digest('hex') } })}\n`);
    await this.flush();
    await this.handle.sync();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.from(this.waiting.join(''));
    this.waiting = [];
    this.size = 0;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at, this.position);
      at += bytesWritten;
      this.position += bytesWritten;
    }
  }
}

/** `undefined` if there is nothing to go on with: no file, or one of a task hub that has changed since. */
async function writtenBefore(partial: string, head: ExportHead): Promise<Written | undefined> {
  if ((await stat(partial).catch(() => undefined)) === undefined) return undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  let rows = 0;
  let last: ExportPlace | undefined;
  for await (const { text, isWhole } of linesOf(partial)) {
    if (!isWhole) break;
    const line = parsedLine(text);
    if (bytes === 0 && JSON.stringify(line?.['head']) !== JSON.stringify(head)) return undefined;
    if (line === undefined || 'end' in line) break;
    if (bytes > 0) {
      last = placeOf(line);
      rows++;
    }
    bytes += Buffer.byteLength(text) + 1;
    hash.update(`${text}\n`);
  }
  return last === undefined ? undefined : { bytes, rows, last, hash };
}

export const importHub = command<{ storage?: string; json?: boolean }, [file: string]>({
  brief: 'Reads an export into an empty task hub. An import that was interrupted goes on where it ended',
  more: 'The file of --storage is created if it does not exist. After an interruption no host starts on it: run the command again with the same export.',
  flags: {
    storage: optionalText('SQLite file or postgres:// URL. Default: DURABLE_STORAGE', 'file|url'),
    json: jsonFlag,
  },
  args: { kind: 'tuple', parameters: [fileArgument] },
  async run(terminal, flags, [name]) {
    const given = flags.storage ?? terminal.around.env['DURABLE_STORAGE'] ?? '';
    if (given === '') throw new CliError('usage', 'No storage is given.', 'Give --storage: the task hub to write.');
    const storage = /^\w{2,}:\/\//.test(given) ? given : resolve(terminal.around.cwd, given);
    const file = resolve(terminal.around.cwd, name);
    if ((await stat(file).catch(() => undefined)) === undefined)
      throw new CliError('notFound', `There is no file ${JSON.stringify(file)}.`, 'Check the path.');
    const lines = parsedLines(file, terminal.around.signal);
    const first = await lines.next();
    const head = first.done === true ? undefined : (first.value['head'] as ExportHead | undefined);
    if (head === undefined) throw damaged(file, 'it has no head');
    const total = Object.values(head.rows ?? {}).reduce((sum, rows) => sum + rows, 0);
    const bar = new Progress(terminal, 'import', total);
    try {
      await importInto(
        storage,
        head,
        placesOf(lines, file, (rows) => bar.update(rows)),
        noteLogger(terminal),
        {
          signal: terminal.around.signal,
          onResumed: (rows) => terminal.note(`goes on after ${countText(rows)} rows\n`),
        },
      );
    } finally {
      await lines.return();
      bar.end();
    }
    await writeValue(terminal, flags, { storage: given, rows: total }, () => `${countText(total)} rows\n`);
  },
});

type Line = Readonly<Record<string, unknown>>;

/** The lines of an export, as objects, up to the last one, whose hash is checked. */
async function* parsedLines(file: string, signal: AbortSignal): AsyncGenerator<Line, void> {
  const hash = createHash('sha256');
  for await (const { text } of linesOf(file)) {
    signal.throwIfAborted();
    const line = parsedLine(text);
    if (line === undefined) throw damaged(file, 'a line is not JSON');
    const { end } = line as { end?: { sha256?: unknown } };
    if (end !== undefined) {
      if (end.sha256 !== hash.digest('hex')) throw damaged(file, 'its hash is not that of its lines');
      return;
    }
    hash.update(`${text}\n`);
    yield line;
  }
  throw damaged(file, 'its last line is missing');
}

async function* placesOf(
  lines: AsyncGenerator<Line, void>,
  file: string,
  onRow: (rows: number) => void,
): AsyncGenerator<ExportPlace, void> {
  let rows = 0;
  for await (const line of lines) {
    const place = placeOf(line);
    if (place === undefined) throw damaged(file, 'a line is no row');
    onRow(++rows);
    yield place;
  }
}

function placeOf(line: Line): ExportPlace | undefined {
  const [[table, row] = ['', undefined]] = Object.entries(line);
  return typeof row === 'object' && row !== null ? { table, row: row as ExportPlace['row'] } : undefined;
}

function parsedLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

function damaged(file: string, problem: string): CliError {
  return new CliError('failed', `${JSON.stringify(file)} is not a complete export: ${problem}.`, 'Export again.');
}

/** Lines end with a line feed only: other separators may stand in texts. `isWhole` is false for a last line without one. */
async function* linesOf(file: string): AsyncGenerator<{ text: string; isWhole: boolean }, void> {
  const handle = await open(file, 'r');
  let parts: Buffer[] = [];
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, at));
        yield { text: Buffer.concat(parts).toString(), isWhole: true };
        parts = [];
        from = at + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
    if (parts.length > 0) yield { text: Buffer.concat(parts).toString(), isWhole: false };
  } finally {
    await handle.close();
  }
}
