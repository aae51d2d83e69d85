/** The database of a story on a server: its task hub, and a table of an application. */
import type { MysqlStorage, PostgresStorage } from '../../../src/index.js';
import { pause } from '../pause.js';
import { StoryStorage } from '../storage.js';
import type { CommitFinder } from './wire.js';

/** A server that restarts answers soon. */
const attempts = 400;

export abstract class ClusterDatabase extends StoryStorage {
  /** The URL of the server, and of the database if it exists before the story. */
  abstract readonly url: string;
  /** The name that all connections of this story have. */
  abstract readonly name: string;

  get option(): PostgresStorage | MysqlStorage {
    return this.optionFor(`${this.name}_chaos`, this.url);
  }

  /** @param application the name by which the connections of one process are known */
  abstract optionFor(application: string, url: string): PostgresStorage | MysqlStorage;

  /** Prepares what `optionFor` needs. */
  abstract admit(application: string): Promise<void>;

  /** Finds commits and joins on a wire. */
  abstract finder(): CommitFinder;

  /** Asked again while the server cannot be reached: a harm of the story may have reached this connection too. */
  async query<Row>(sql: string): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ask<Row>(sql);
      } catch (error) {
        if (this.isAnswer(error) || attempt === attempts) throw error;
        await pause(50);
      }
    }
  }

  protected abstract ask<Row>(sql: string): Promise<Row[]>;

  /** Whether the server itself has reported the error, and another attempt would meet it again. */
  protected abstract isAnswer(error: unknown): boolean;

  /** Locks the row of an instance, as an administrator might. Resolves with what unlocks it. */
  abstract lockRow(id: string): Promise<() => Promise<void>>;

  /** The server checks its own files. */
  async damage(): Promise<undefined> {
    return undefined;
  }

  /** Ends the connections of one process, and returns how many. */
  abstract terminate(application: string): Promise<number>;

  /** Ends the connections that listen, and returns how many. */
  abstract terminateListeners(): Promise<number>;

  /** Writes all rows into a file, for whoever looks for the cause of a problem. */
  abstract keepIn(folder: string): void;

  abstract close(): Promise<void>;
}
