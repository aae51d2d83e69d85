/**
 * The acts of one client: a file of lines. An intent is written before it is sent, its end when it is known, each by one system call;
 * so the file outlives a SIGKILL of its process. The next process of this client reads the file and continues.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

export type Act =
  /** `id`: it carries a request id, and is repeated until its end is known. Without one it is sent once. */
  | {
      readonly kind: 'append';
      readonly list: string;
      /** `within`: in a transaction of the application, with a row of its own. */
      readonly way: 'signal' | 'call' | 'scheduled' | 'within';
      readonly id: boolean;
      readonly ordered: boolean;
    }
  | { readonly kind: 'repeat'; readonly repeater: string }
  /** An orchestration with an activity and a timer, which appends to the list. */
  | { readonly kind: 'tour'; readonly list: string }
  | { readonly kind: 'transfer'; readonly from: string; readonly to: string; readonly amount: number };

export interface Entry {
  /** Unique for this client, growing. */
  readonly number: number;
  readonly act: Act;
  /** When it was first sent: ms since 1970. */
  readonly atMs: number;
  /** In which process of this client: 1, 2, 3 … */
  readonly life: number;
  /** The start of its orchestration was acknowledged. */
  started?: true;
  /** Present: it was acknowledged, with this answer. */
  done?: { readonly value: unknown; readonly atMs: number };
  /** Present: it was sent once, and this is all that is known of it. */
  failed?: { readonly code: string; readonly atMs: number };
}

type Line = { readonly n: number } &
  // A process of this client begins.
  (
    | { readonly life: true }
    | { readonly act: Act; readonly at: number }
    | { readonly started: true }
    | { readonly done: unknown; readonly at: number }
    | { readonly failed: string; readonly at: number }
  );

export class History {
  readonly entries = new Map<number, Entry>();
  private next = 1;
  private life = 1;
  private readonly file: number;

  constructor(
    path: string,
    /** Ms since 1970. */
    private readonly nowMs: () => number = Date.now,
  ) {
    const { entries, lives } = existsSync(path) ? readHistory(path) : { entries: [], lives: 0 };
    for (const entry of entries) this.entries.set(entry.number, entry);
    this.next = this.entries.size + 1;
    this.life = lives + 1;
    this.file = openSync(path, 'a');
    this.write({ n: this.life, life: true });
  }

  /** Those that carry an id and whose end is not known. */
  get open(): Entry[] {
    return [...this.entries.values()].filter((entry) => isOpen(entry));
  }

  intend(act: Act): Entry {
    const entry: Entry = { number: this.next++, act, atMs: Math.round(this.nowMs()), life: this.life };
    this.entries.set(entry.number, entry);
    this.write({ n: entry.number, act, at: entry.atMs });
    return entry;
  }

  started(entry: Entry): void {
    if (entry.started) return;
    entry.started = true;
    this.write({ n: entry.number, started: true });
  }

  done(entry: Entry, value: unknown): void {
    entry.done = { value, atMs: Math.round(this.nowMs()) };
    this.write({ n: entry.number, done: value ?? null, at: entry.done.atMs });
  }

  failed(entry: Entry, code: string): void {
    entry.failed = { code, atMs: Math.round(this.nowMs()) };
    this.write({ n: entry.number, failed: code, at: entry.failed.atMs });
  }

  close(): void {
    closeSync(this.file);
  }

  private write(line: Line): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

export function isOpen({ act, done, failed }: Entry): boolean {
  const repeated = act.kind !== 'append' || act.id;
  return repeated && done === undefined && failed === undefined;
}

export function readHistory(path: string): { readonly entries: readonly Entry[]; readonly lives: number } {
  const entries = new Map<number, Entry>();
  let lives = 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  // After the end of the last line comes nothing, or an unfinished line.
  for (const text of lines.slice(0, -1)) {
    const line = JSON.parse(text) as Line;
    const entry = entries.get(line.n);
    if ('life' in line) lives = line.n;
    else if ('act' in line) entries.set(line.n, { number: line.n, act: line.act, atMs: line.at, life: lives });
    else if (entry === undefined) throw new Error(`${path}: ${text} has no intent`);
    else if ('started' in line) entry.started = true;
    else if ('done' in line) entry.done = { value: line.done, atMs: line.at };
    else entry.failed = { code: line.failed, atMs: line.at };
  }
  return { entries: [...entries.values()], lives };
}
