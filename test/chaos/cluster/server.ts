/** The server of a run: one of its own, or the one of `DURABLE_TEST_POSTGRES_URL` or `DURABLE_TEST_MYSQL_URL`. */
import { howToRunMysql, startMysql } from '../../servers/mysql.js';
import { findMysqlPrograms } from '../../servers/mysql-programs.js';
import type { Server } from '../../servers/own-server.js';
import { howToRun, startPostgres } from '../../servers/postgres.js';
import { findPrograms } from '../../servers/postgres-programs.js';
import { ClusterStory } from './cluster-story.js';
import type { ClusterDatabase } from './database.js';
import { MysqlDatabase } from './mysql-database.js';
import { PostgresDatabase } from './postgres-database.js';

interface ServerKind {
  /** The variable with the URL of another server. */
  readonly variable: string;
  readonly isInstalled: () => boolean;
  readonly howToRun: string;
  readonly start: () => Promise<Server>;
  /** Makes a database for one story. */
  readonly make: (url: string, name: string) => Promise<ClusterDatabase>;
}

const kinds = {
  postgres: {
    variable: 'DURABLE_TEST_POSTGRES_URL',
    isInstalled: () => findPrograms() !== undefined,
    howToRun,
    start: startPostgres,
    make: (url, name) => PostgresDatabase.make(url, name),
  },
  mysql: {
    variable: 'DURABLE_TEST_MYSQL_URL',
    isInstalled: () => findMysqlPrograms() !== undefined,
    howToRun: howToRunMysql,
    start: () => startMysql(),
    make: (url, name) => MysqlDatabase.make(url, name),
  },
} as const satisfies Record<string, ServerKind>;

export type ClusterStorage = keyof typeof kinds;

let own: Server | undefined;

/** Why a server of its own cannot be restarted. */
export function noOwnServer(): string | undefined {
  return own === undefined ? 'the given server is not ours to restart' : undefined;
}

export async function restartServer(): Promise<void> {
  await own?.restart();
}

export async function openCluster(storage: ClusterStorage): Promise<{
  makeStory: (folder: string, seed: number) => Promise<ClusterStory>;
  close: () => Promise<void>;
}> {
  const kind: ServerKind = kinds[storage];
  const given = process.env[kind.variable];
  if (given === undefined && !kind.isInstalled()) {
    console.log(kind.howToRun);
    process.exit(1);
  }
  if (given === undefined) own = await kind.start();
  const url = given ?? (own as Server).url;
  let stories = 0;
  return {
    makeStory: async (folder, seed) =>
      ClusterStory.open(folder, seed, await kind.make(url, `chaos_${process.pid}_${stories++}`)),
    close: async () => {
      await own?.stop();
    },
  };
}
