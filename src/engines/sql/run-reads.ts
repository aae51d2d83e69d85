/**
 * Reads orchestrations with their inputs. A large input is in chunk 0 of the history of the present execution, and not in the row. The
 * chunk is read after the row, so a row whose chunk is gone is read again: a later execution has begun, or the run was purged.
 */
import { StorageError } from '../../errors/index.js';
import { quoted } from '../../errors/text.js';
import type { RunHistory } from '../../hub/inspected.js';
import type { PageRequest, RunFilter, RunSnapshot } from '../../hub/snapshots.js';
import { startedInput } from './core/history.js';
import { runHistory } from './history-entries.js';
import { readRunRecord } from './model/stored.js';
import type { Intake } from './ports/intake.js';
import type { ExecutionKey, HistoryChunk, InstanceRow } from './ports/store.js';
import { runRows, runSnapshot } from './snapshots.js';
import { parseHistory } from './core/history-text.js';

type Callback = (run: RunSnapshot | Error) => void;

export class RunReads {
  constructor(private readonly door: Intake) {}

  async read(instanceId: string): Promise<RunSnapshot | undefined> {
    for (let gone: string | undefined; ;) {
      const row = await this.door.read(instanceId);
      const key = executionWithInput(row);
      if (key === undefined) return runSnapshot(row);
      const [chunk] = await this.door.firstChunks([key]);
      // An execution that is over does not come back, so a chunk that is missing twice is lost.
      if (chunk !== undefined || gone === key.execution) return runSnapshot(row, inputIn(key, chunk));
      gone = key.execution;
    }
  }

  async history(instanceId: string): Promise<RunHistory | undefined> {
    for (let gone: string | undefined; ;) {
      const row = await this.door.read(instanceId);
      if (row?.kind !== 'orchestration') return undefined;
      const record = readRunRecord(row.id, row.state);
      const { execution } = record;
      const chunks = record.chunks === 0 ? [] : await this.door.historyOf({ instance: instanceId, execution });
      // Chunks that are missing twice are lost. Otherwise another execution has begun meanwhile.
      if (chunks.length >= record.chunks || gone === execution) return runHistory(instanceId, record, chunks);
      gone = execution;
    }
  }

  async query(filter: RunFilter, { after, limit }: PageRequest): Promise<readonly RunSnapshot[]> {
    const found: RunSnapshot[] = [];
    const gone = new Set<string>();
    for (let last = after; ;) {
      const page = { limit: limit - found.length, withState: true, ...(last !== undefined && { after: last }) };
      const rows = await this.door.query(runRows(filter), page);
      const keys = rows.map(executionWithInput);
      const chunks = await this.firstChunks(keys);
      const isGone = (key: ExecutionKey | undefined) =>
        key !== undefined && !chunks.has(key.instance) && !gone.has(key.execution);
      const stale = keys.findIndex(isGone);
      const read = stale < 0 ? rows : rows.slice(0, stale);
      for (const [index, row] of read.entries()) {
        const key = keys[index];
        const input = key === undefined ? undefined : inputIn(key, chunks.get(row.id));
        found.push(runSnapshot(row, input) as RunSnapshot);
      }
      if (stale < 0) return found;
      // The page goes on with the row that has changed, so that it stays full.
      for (const key of keys) if (key !== undefined && isGone(key)) gone.add(key.execution);
      last = read.at(-1)?.id ?? last;
    }
  }

  private async firstChunks(keys: readonly (ExecutionKey | undefined)[]): Promise<ReadonlyMap<string, HistoryChunk>> {
    const wanted = keys.filter((key) => key !== undefined);
    const chunks = wanted.length === 0 ? [] : await this.door.firstChunks(wanted);
    return new Map(chunks.map((chunk) => [chunk.instance, chunk]));
  }

  /** Calls back for each committed row, in order. A row is left out if its execution is over before its input was read. */
  follow(instanceId: string, callback: Callback): () => void {
    const followed = new FollowedRun(this.door, callback);
    const stop = this.door.followRun(instanceId, (row, input) => followed.heard(row, input));
    return () => {
      followed.stop();
      stop();
    };
  }
}

/** Passes the rows of one orchestration on in their order. Reads the input once for each execution. */
class FollowedRun {
  private readonly waiting: [row: InstanceRow | Error, input: string | undefined][] = [];
  /** The last input that was read or heard. */
  private known: { readonly execution: string; readonly input: string | Error } | undefined = undefined;
  private reading = false;
  private stopped = false;

  constructor(
    private readonly door: Intake,
    private readonly callback: Callback,
  ) {}

  stop(): void {
    this.stopped = true;
    this.waiting.length = 0;
  }

  heard(row: InstanceRow | Error, input: string | undefined): void {
    this.waiting.push([row, input]);
    if (!this.reading) this.passOn();
  }

  private passOn(): void {
    for (let next = this.waiting.shift(); next !== undefined && !this.stopped; next = this.waiting.shift()) {
      const [row, input] = next;
      if (row instanceof Error) this.callback(row);
      else {
        const key = executionWithInput(row);
        if (key !== undefined && input !== undefined) this.known = { execution: key.execution, input };
        if (key !== undefined && this.known?.execution !== key.execution) return this.read(key, row);
        this.callback(runSnapshot(row, this.known?.input) as RunSnapshot);
      }
    }
  }

  private read(key: ExecutionKey, row: InstanceRow): void {
    this.reading = true;
    this.inputOf(key).then(
      (input) => {
        this.reading = false;
        if (this.stopped) return;
        if (input !== undefined) {
          this.known = { execution: key.execution, input };
          this.callback(runSnapshot(row, input) as RunSnapshot);
        }
        this.passOn();
      },
      (error: unknown) => {
        if (this.stopped) return;
        this.stop();
        this.callback(error instanceof Error ? error : new StorageError(String(error)));
      },
    );
  }

  /** `undefined` if the execution is over: a later row, or the end of the calls, follows. */
  private async inputOf(key: ExecutionKey): Promise<string | Error | undefined> {
    const [chunk] = await this.door.firstChunks([key]);
    if (chunk !== undefined) return inputIn(key, chunk);
    const now = executionWithInput(await this.door.read(key.instance));
    return now?.execution === key.execution ? inputIn(key, undefined) : undefined;
  }
}

/** The execution whose history holds the input of the row. `undefined` if the row holds it, or cannot be read. */
function executionWithInput(row: InstanceRow | undefined): ExecutionKey | undefined {
  if (row?.kind !== 'orchestration' || row.state === null || !row.state.includes('"inputIn"')) return undefined;
  try {
    const { execution, inputIn: place } = readRunRecord(row.id, row.state);
    return place === 'history' ? { instance: row.id, execution } : undefined;
  } catch {
    // Its snapshot has the error.
    return undefined;
  }
}

/** The input in the first chunk of a history, or why it cannot be read. */
function inputIn({ instance }: ExecutionKey, chunk: HistoryChunk | undefined): string | Error {
  let cause: unknown;
  try {
    const input = startedInput(parseHistory(chunk?.events ?? '[]'));
    if (input !== undefined) return input;
  } catch (error) {
    cause = error;
  }
  const hint = 'The database is damaged. Repair the history (from a backup).';
  return new StorageError(
    `The input of orchestration ${quoted(instance)} is damaged: its history does not contain it.`,
    hint,
    cause,
  );
}
