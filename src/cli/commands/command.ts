/** Commands: their flags and arguments, the context in which they run, and how their results are written. */
import { connect, type TargetFlags } from '../connection/target.js';
import type { HubApi } from '../connection/hub-api.js';
import { CliError } from '../cli-error.js';
import { safeJson, safeText } from '../output/safe-text.js';
import { tableText, type Column } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import {
  buildCommand,
  numberParser,
  type Command,
  type CommandContext,
  type FlagParametersForType,
  type StricliProcess,
  type TypedPositionalParameters,
} from '../vendor/stricli.js';

/** The context of a command. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess;
  readonly terminal: Terminal;
}

/** Flags of a command that writes data. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export type HubFlags = TargetFlags & OutputFlags;

/** Flags of a command that deletes or ends something. */
export interface SureFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

type Flags<T extends object> = FlagParametersForType<T, CliContext>;

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, brief, placeholder, optional: true }) as const;
const flag = (brief: string) => ({ kind: 'boolean', brief, optional: true, withNegated: false }) as const;

export const optionalText = text;
export const optionalFlag = flag;
export const optionalNumber = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: numberParser, brief, placeholder, optional: true }) as const;
export const optionalSpan = (brief: string) =>
  ({ kind: 'parsed', parse: spanMs, brief, placeholder: 'time', optional: true }) as const;
export const optionalTexts = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, brief, placeholder, optional: true, variadic: true }) as const;

const targetFlags: Flags<TargetFlags> = {
  url: text('Address of a server (`serve`). Default: DURABLE_URL; its token is DURABLE_TOKEN', 'address'),
  storage: text(
    'SQLite file, or postgres:// or mysql:// URL. Default: DURABLE_STORAGE, then the only *.db file here',
    'file|url',
  ),
  register: text('Module that exports `register`, the classes to run in this process (with --storage)', 'module'),
  timeout: optionalSpan('How long to wait for an answer: 500ms, 30s, 5m. Default: 70s'),
};

export const storageFlags: Flags<Pick<TargetFlags, 'storage'>> = { storage: targetFlags.storage };

export const jsonFlag = flag('Write one JSON document');

const outputFlags: Flags<OutputFlags> = { json: jsonFlag, jsonl: flag('Write one JSON document in each line') };

export const sureFlags: Flags<SureFlags> = {
  yes: flag('Do it without a question'),
  dryRun: flag('Tell what would be done, and do nothing'),
};

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `2h`, `1d` in ms. */
export function spanMs(given: string): number {
  const [, amount, unit = 'ms'] = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(given) ?? [];
  if (amount === undefined) throw new Error(`${JSON.stringify(given)} is not a time such as 500ms, 30s, 5m, 2h or 1d`);
  return Number(amount) * (units[unit] as number);
}

/** JSON of an argument. `-` stands for stdin. */
export async function jsonArgument(given: string | undefined, terminal: Terminal): Promise<unknown> {
  if (given === undefined) return undefined;
  const content = given === '-' ? await readInput(terminal) : given;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    const hint = 'Write JSON, with texts in quotation marks: \'"hello"\', 42, \'{"a":1}\'. A `-` reads stdin.';
    throw new CliError('usage', 'The value is not JSON.', hint);
  }
}

const inputBytesMax = 8 * 1024 * 1024;

async function readInput({ around }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of around.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    if ((size += bytes.length) > inputBytesMax)
      throw new CliError('usage', `stdin has more than ${inputBytesMax} bytes.`, 'Send less data.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

/** A command. `run` gets the terminal, the flags and the arguments. */
export interface CommandSpec<F extends object, A extends readonly unknown[]> {
  readonly brief: string;
  readonly more?: string;
  readonly flags?: Flags<F>;
  readonly args?: TypedPositionalParameters<A, CliContext>;
  readonly run: (terminal: Terminal, flags: F, args: A) => Promise<void>;
}

export function command<F extends object, A extends readonly unknown[] = []>(
  spec: CommandSpec<F, A>,
): Command<CliContext> {
  const { brief, more, flags = {}, args, run } = spec;
  return buildCommand<F, A, CliContext>({
    func: async function (this: CliContext, given: F, ...values: unknown[]) {
      await run(this.terminal, given, values as unknown as A);
    },
    parameters: { flags, ...(args !== undefined && { positional: args }) } as never,
    docs: { brief, ...(more !== undefined && { fullDescription: `${brief}\n\n${more}` }) },
  } as never);
}

/** Parts that a command on a task hub gets. */
export interface HubCall<F, A> {
  readonly api: HubApi;
  readonly terminal: Terminal;
  readonly flags: F & HubFlags;
  readonly args: A;
}

/** A command on a task hub, which is connected before and closed after it. */
export function hubCommand<F extends object, A extends readonly unknown[] = []>(
  spec: Omit<CommandSpec<F, A>, 'run'> & { readonly run: (call: HubCall<F, A>) => Promise<void> },
): Command<CliContext> {
  const { run, flags, ...rest } = spec;
  return command<F & HubFlags, A>({
    ...rest,
    flags: { ...targetFlags, ...outputFlags, ...flags } as unknown as Flags<F & HubFlags>,
    async run(terminal, given, args) {
      checkOutput(given);
      const connection = await connect(given, terminal);
      try {
        await run({ api: connection.api, terminal, flags: given, args });
      } finally {
        await connection.close();
      }
    },
  });
}

function checkOutput({ json, jsonl }: OutputFlags): void {
  if (json === true && jsonl === true)
    throw new CliError('usage', 'Both --json and --jsonl are given.', 'Give one of them.');
}

/** One positional argument. */
export function argument(placeholder: string, brief: string) {
  return { parse: String, placeholder, brief } as const;
}

/** Writes one value: as JSON, or as text for people. */
export async function writeValue(
  terminal: Terminal,
  flags: OutputFlags,
  value: unknown,
  show: () => string | Promise<string>,
): Promise<void> {
  if (flags.jsonl === true) return terminal.write(`${safeJson(value)}\n`);
  if (flags.json === true) return terminal.write(`${safeJson(value, 2)}\n`);
  return terminal.write(await show());
}

/** Writes rows: as one JSON document, as lines of JSON, or as a table. */
export async function writeRows<Row>(
  terminal: Terminal,
  flags: OutputFlags,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
): Promise<void> {
  if (flags.jsonl === true) {
    for (const row of rows) await terminal.write(`${safeJson(row)}\n`);
    return;
  }
  if (flags.json === true) return terminal.write(`${safeJson({ items: rows }, 2)}\n`);
  if (rows.length === 0) return terminal.note(`${empty}\n`);
  return terminal.write(await tableText(rows, columns, terminal));
}

/** Fields of one thing, one a line. Empty ones are left out. */
export function fieldsText(terminal: Terminal, fields: readonly (readonly [string, string | number | null])[]): string {
  const shown = fields.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(([name, value]) => `${terminal.style('dim', name.padEnd(width))}  ${safeText(String(value))}\n`)
    .join('');
}

/** Asks before something is deleted or ended. Without a terminal there is no question: `--yes` is needed. */
export async function confirm(terminal: Terminal, flags: SureFlags, question: string): Promise<void> {
  if (flags.yes === true) return;
  if (!terminal.canAsk)
    throw new CliError('usage', `Without a terminal nobody can answer: ${safeText(question)}`, 'Give --yes.');
  const { createInterface } = await import('node:readline/promises');
  const { stdin, stderr, signal } = terminal.around;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await lines.question(`${safeText(question)} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('refused', 'Nothing was done.', 'Answer y to do it.');
  } finally {
    lines.close();
  }
}
