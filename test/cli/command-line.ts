/** The command line in this process: streams that are or are not a terminal, a clock that stands still, and what was written. */
import { PassThrough, Writable } from 'node:stream';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interrupted, runCommandLine } from '../../src/cli/application.js';
import type { OutputStream } from '../../src/cli/output/terminal.js';
import type { Logger } from '../../src/ports/log.js';
import { NodeClock } from '../../src/host/node-clock.js';

const nothing = () => {};

/** A logger for hosts whose lines no test reads. */
export const quietLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The output and the exit code of a command. */
export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The one document of `--json`. */
  readonly json: unknown;
}

export interface Settings {
  /** Columns of the terminal. Without it, nothing is a terminal. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The text that the user types. */
  readonly typed?: string;
  readonly nowMs?: number;
}

class Captured extends Writable {
  text = '';
  private readonly waits: { readonly part: string; readonly found: () => void }[] = [];

  constructor(
    readonly isTTY: boolean,
    readonly columns: number | undefined,
  ) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const { part, found } of this.waits) if (this.text.includes(part)) found();
    done();
  }

  includes(part: string): Promise<void> {
    if (this.text.includes(part)) return Promise.resolve();
    return new Promise((resolve) => this.waits.push({ part, found: resolve }));
  }
}

/** A command that runs. */
export class Running {
  readonly done: Promise<Done>;
  private readonly controller = new AbortController();
  private readonly stdout: Captured;
  private readonly stderr: Captured;

  constructor(words: readonly string[], folder: string, { columns, env = {}, typed, nowMs }: Settings = {}) {
    const isTTY = columns !== undefined;
    this.stdout = new Captured(isTTY, columns);
    this.stderr = new Captured(isTTY, columns);
    const stdin = Object.assign(new PassThrough(), { isTTY });
    if (typed !== undefined) stdin.end(typed);
    const clock = new NodeClock();
    if (nowMs !== undefined) clock.wallMs = () => nowMs;
    const around = {
      stdin,
      stdout: this.stdout as OutputStream,
      stderr: this.stderr as OutputStream,
      env,
      cwd: folder,
      clock,
      signal: this.controller.signal,
    };
    this.done = runCommandLine(words, around).then((code) => this.result(code));
  }

  /** Resolves when stdout has this text. */
  shows(part: string): Promise<void> {
    return this.stdout.includes(part);
  }

  /** Resolves when stderr has this text. */
  notes(part: string): Promise<void> {
    return this.stderr.includes(part);
  }

  interrupt(): Promise<Done> {
    this.controller.abort(interrupted());
    return this.done;
  }

  private result(code: number): Done {
    this.controller.abort(interrupted());
    const { stdout, stderr } = this;
    return {
      code,
      stdout: stdout.text,
      stderr: stderr.text,
      get json(): unknown {
        return JSON.parse(stdout.text);
      },
    };
  }
}

/** A folder for the files of a test, and commands that run in it. */
export class Folder {
  private constructor(readonly path: string) {}

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), 'durable-entities-cli-')));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  start(words: readonly string[], settings?: Settings): Running {
    return new Running(words, this.path, settings);
  }

  run(words: readonly string[], settings?: Settings): Promise<Done> {
    return this.start(words, settings).done;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
