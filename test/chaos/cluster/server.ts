/** The server of a run: one of its own, or the one of `DURABLE_TEST_POSTGRES_URL`. */
import type { Server } from '../../servers/own-server.js';
import { howToRun, startPostgres } from '../../servers/postgres.js';
import { findPrograms } from '../../servers/postgres-programs.js';
import { ClusterDatabase } from './database.js';
import { ClusterStory } from './cluster-story.js';

const given = process.env['DURABLE_TEST_POSTGRES_URL'];
let own: Server | undefined;

/** Why a server of its own cannot be restarted. */
export function noOwnServer(): string | undefined {
  return given === undefined ? undefined : 'the server of DURABLE_TEST_POSTGRES_URL is not ours to restart';
}

export async function restartServer(): Promise<void> {
  await own?.restart();
}

export async function openCluster(): Promise<{
  makeStory: (folder: string, seed: number) => Promise<ClusterStory>;
  close: () => Promise<void>;
}> {
  if (given === undefined && findPrograms() === undefined) {
    console.log(howToRun);
    process.exit(1);
  }
  if (given === undefined) own = await startPostgres();
  const server = { url: given ?? (own as Server).url };
  let stories = 0;
  return {
    makeStory: async (folder, seed) => {
      const schema = `chaos_${process.pid}_${stories++}`;
      return ClusterStory.open(folder, seed, await ClusterDatabase.make(server, schema));
    },
    close: async () => {
      await own?.stop();
    },
  };
}
