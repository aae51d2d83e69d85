import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A separate PostgreSQL server with default settings, for the time of the comparison. */
export interface Postgres {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** @throws if the programs of PostgreSQL are not on the path */
export async function startPostgres(): Promise<Postgres> {
  const user = postgresUser();
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-postgres-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const port = await freePort();
  const data = join(folder, 'data');
  try {
    execFileSync('initdb', ['-D', data, '-A', 'trust', '-U', 'app'], { ...user, cwd: folder, stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const server = spawn('postgres', ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  });
  for (let tries = 0; !isReady(port) && tries < 100; tries++) await setTimeout(100);
  return {
    url: `postgres://app@127.0.0.1:${port}/bench`,
    pid: server.pid as number,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isReady(port: number): boolean {
  try {
    execFileSync('pg_isready', ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** PostgreSQL refuses to run as root. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
