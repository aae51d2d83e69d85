/** The task hub that a command works on: the server of `--url`, the storage of `--storage`, or the only database in this folder. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliError } from '../cli-error.js';
import { safeText } from '../output/safe-text.js';
import type { Terminal } from '../output/terminal.js';
import type { Logger } from '../../ports/log.js';
import { HubApi, type ApiAddress } from './hub-api.js';

/** Flags that name a task hub. */
export interface TargetFlags {
  readonly url?: string;
  readonly storage?: string;
  readonly register?: string;
  readonly timeout?: number;
}

/** A place of a task hub. */
export type Target = { readonly url: URL } | { readonly storage: string };

/** An open connection to a task hub. */
export interface Connection {
  readonly api: HubApi;
  close(): Promise<void>;
}

/** An answer of the server may take a minute: a call waits that long for its operation. */
const answerMs = 70_000;

/** Flags count before the environment, and the environment before a file in the folder. */
export async function targetOf({ url, storage }: TargetFlags, terminal: Terminal): Promise<Target> {
  const { env, cwd } = terminal.around;
  if (url !== undefined && storage !== undefined)
    throw new CliError('usage', 'Both --url and --storage are given.', 'Give one of them.');
  if (url !== undefined) return { url: checkUrl(url, '--url') };
  if (storage !== undefined) return { storage: await checkStorage(storage, cwd) };
  const given = { url: env['DURABLE_URL'] ?? '', storage: env['DURABLE_STORAGE'] ?? '' };
  if (given.url !== '') return { url: checkUrl(given.url, 'DURABLE_URL') };
  if (given.storage !== '') return { storage: await checkStorage(given.storage, cwd) };
  return { storage: await onlyDatabase(cwd) };
}

/** The storage of a command that needs one itself. */
export async function storageOf(flags: TargetFlags, terminal: Terminal): Promise<string> {
  const target = await targetOf(flags, terminal);
  if ('storage' in target) return target.storage;
  throw new CliError(
    'usage',
    'This command works on the database itself, and cannot use the API of a server.',
    'Give --storage: the path of a SQLite file, or postgres:// or mysql://user@host/database.',
  );
}

/** Connects to the task hub. */
export async function connect(flags: TargetFlags, terminal: Terminal): Promise<Connection> {
  const { signal, env } = terminal.around;
  const limits = { signal, timeoutMs: flags.timeout ?? answerMs };
  const target = await targetOf(flags, terminal);
  if ('url' in target) {
    if (flags.register !== undefined)
      throw new CliError('usage', '--register has no effect with --url.', 'The server runs its own code.');
    const token = env['DURABLE_TOKEN'] ?? '';
    const address: ApiAddress = { base: target.url, token: token === '' ? undefined : token };
    return { api: new HubApi(address, limits), close: async () => {} };
  }
  // Loaded here, because it loads the library with its peers.
  const [{ apiInProcess, openHub }, { loadRegistered }] = await Promise.all([
    import('./in-process.js'),
    import('./registered.js'),
  ]);
  const code = flags.register === undefined ? undefined : await loadRegistered(flags.register, terminal.around.cwd);
  const logger = noteLogger(terminal);
  const hub = await openHub(target.storage, code, logger);
  const { address, close } = apiInProcess(hub, logger);
  return {
    api: new HubApi(address, limits),
    close: async () => {
      close();
      await hub.close();
    },
  };
}

/** A logger that shows warnings and errors of the library on stderr. */
export function noteLogger(terminal: Terminal): Logger {
  const show = (level: string) => (fields: object, message: string) => {
    const { error, ...rest } = fields as { error?: unknown };
    const reason = error === undefined ? '' : ` (${error instanceof Error ? error.message : String(error)})`;
    const values = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    terminal.note(`${level}: ${safeText(`${message}${reason}${values}`)}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: show('warning'), error: show('error') };
}

function checkUrl(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new CliError('usage', `${where} is not an address.`, 'Give an address such as http://127.0.0.1:7071.');
  if (url.username !== '' || url.password !== '')
    throw new CliError('usage', `${where} holds a name or password.`, 'Give a token in DURABLE_TOKEN.');
  url.search = '';
  url.hash = '';
  return url;
}

/** The storage, with the path of a file made absolute. A file must exist: a mistyped path would make an empty task hub. */
async function checkStorage(storage: string, cwd: string): Promise<string> {
  if (/^\w{2,}:\/\//.test(storage)) return storage;
  const file = resolve(cwd, storage);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return file;
  throw new CliError('notFound', `There is no file ${JSON.stringify(file)}.`, 'Check the path of --storage.');
}

async function onlyDatabase(cwd: string): Promise<string> {
  const { hasTaskHub } = await import('../../host/examine.js');
  const names = (await readdir(cwd)).filter((name) => name.endsWith('.db')).slice(0, 100);
  const found: string[] = [];
  for (const name of names) if (await hasTaskHub(join(cwd, name))) found.push(name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return join(cwd, only);
  const problem =
    only === undefined
      ? 'No task hub is named, and no *.db file of this folder has one.'
      : `No task hub is named, and several files of this folder have one: ${found.join(', ')}.`;
  throw new CliError('usage', problem, 'Give --url or --storage, or set DURABLE_URL or DURABLE_STORAGE.');
}
