/** Finds the programs of a MariaDB or MySQL server on this machine. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface MysqlPrograms {
  readonly server: string;
  /** The program that makes a folder of data. `undefined` for MySQL, whose server does it. */
  readonly install: string | undefined;
  /** The command-line client. */
  readonly client: string;
}

const folders = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/mysql/bin',
  ...(process.env['PATH'] ?? '').split(delimiter),
];

function find(...names: readonly string[]): string | undefined {
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/** `undefined` if there is no server. */
export function findMysqlPrograms(): MysqlPrograms | undefined {
  const server = find('mariadbd', 'mysqld');
  const client = find('mariadb', 'mysql');
  if (server === undefined || client === undefined) return undefined;
  return { server, client, install: server.endsWith('mariadbd') ? find('mariadb-install-db') : undefined };
}
