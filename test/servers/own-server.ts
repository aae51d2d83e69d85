/**
 * A database server of this process, on installed programs. It ends with this process, whatever ends the process: a shell holds the server,
 * and its input closes when the process is gone.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

export interface Server {
  /** The URL of a database whose user may do everything. */
  readonly url: string;
  /** Ends all processes of the server at once, as a power failure does, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** Servers refuse to run as root. Then this user runs them. */
export function userOf(name: string): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const number = (option: string): number => Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface OwnServer {
  readonly url: string;
  /** The folder of the data, which is deleted at the end. */
  readonly folder: string;
  readonly user: ServerUser;
  /** The command of the server. */
  readonly command: readonly string[];
  /** The signal that ends the server at once. */
  readonly kill: 'QUIT' | 'KILL';
  /** Asks the server when it was started. Rejects while it cannot be reached. */
  readonly startedAt: (url: string) => Promise<string>;
}

/*
 * $1: folder of the data, $2: signal, then the command. Reads one command a line. The end of the input ends the server, and deletes its data.
 */
const holder = `
folder="$1"; signal="$2"; shift 2
start() { "$@" >> "$folder/log" 2>&1 < /dev/null & server=$!; }
start "$@"
while read -r command; do
  if [ "$command" = restart ]; then kill -"$signal" "$server"; wait "$server"; start "$@"; fi
done
kill -"$signal" "$server"; wait "$server"; rm -rf "$folder"`;

/** Starts the server, and resolves when it answers. */
export async function startOwn({ url, folder, user, command, kill, startedAt }: OwnServer): Promise<Server> {
  const child = spawn('sh', ['-c', holder, 'sh', folder, kill, ...command], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  unref(child);
  for (let attempt = 0; ; attempt++) {
    const failed = await startedAt(url).catch((error: unknown) => error);
    if (typeof failed === 'string') break;
    if (attempt > 1200 || child.exitCode !== null) throw failed;
    await setTimeout(25);
  }
  return {
    url,
    async restart() {
      const before = await startedAt(url);
      child.ref();
      child.stdin?.write('restart\n');
      while ((await startedAt(url).catch(() => before)) === before) await setTimeout(5);
      unref(child);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      child.stdin?.end();
      await ended;
    },
  };
}

/** The server keeps this process from nothing. */
function unref(child: ChildProcess): void {
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
}
