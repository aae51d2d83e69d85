import { InvalidArgumentError, StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { MysqlStorage } from '../../../model/mysql-storage.js';
import type { Connection, Dialect } from '../dialect.js';
import { unwrapped } from '../server/server-errors.js';
import { inspectionMs, ServerInspection } from '../server/server-inspection.js';
import { ServerLink, type LinkSettings } from '../server/server-link.js';
import { pagesAlone, ReaderPool, Writer } from '../server/server-pool.js';
import type { ServerSettings } from '../server/server-store.js';
import { checkTypeOrmVersion } from '../typeorm-version.js';
import { MysqlHints } from './hints.js';
import { MysqlClient, type MysqlLink } from './mysql-client.js';
import { MysqlConnection } from './mysql-connection.js';
import {
  connectionConfig,
  defaultConnectTimeoutMs,
  describeDatabase,
  loadMysql2,
  type Mysql2Module,
} from './mysql-driver.js';
import { isConnectionLost, isLate, mysqlError } from './mysql-errors.js';
import { makeNames } from './names.js';
import { queryWords, sizesSql } from './read-words.js';
import { prepareSchema } from './schema.js';
import { prepareSession, readFacts, serverTimes, type ServerFacts } from './session-facts.js';
import { MysqlSqlSession } from './sql-session.js';

export interface MysqlSettings extends ServerSettings {
  readonly storage: MysqlStorage;
}

/** The time that a read may take: a query of the application may scan many rows. */
const readMs = 60_000;
/** The server ends a statement; this much later the connection counts as dead. */
const graceMs = 2_500;

const defaultPoolSize = 5;

export class MysqlDialect implements Dialect {
  constructor(private readonly settings: MysqlSettings) {}

  async connect(): Promise<Connection> {
    checkTypeOrmVersion();
    const mysql2 = await loadMysql2();
    const described = describeDatabase(this.settings.storage);
    const makeClient = this.#clients(mysql2);
    let facts: ServerFacts | undefined;
    const link = new ServerLink({
      makeClient,
      answerTimeoutMs: serverTimes.statementMs + graceMs,
      prepare: async (client) => {
        facts ??= await readFacts(client, described, this.settings.logger);
        await prepareSession(client, facts, serverTimes);
      },
    });
    try {
      await link.connect();
      return await this.#connectionOn(link, facts as unknown as ServerFacts, described, makeClient);
    } catch (error) {
      await link.close();
      throw mysqlError(`opening ${described}`, unwrapped(error));
    }
  }

  async #connectionOn(
    link: MysqlLink,
    facts: ServerFacts,
    described: string,
    makeClient: () => MysqlClient,
  ): Promise<Connection> {
    const { storage, tablePrefix, wallMs, logger } = this.settings;
    const names = makeNames(checkDatabaseName(facts.database), tablePrefix);
    await prepareSchema(link, names, described, facts);
    const reads = (statementMs: number): LinkSettings<MysqlClient> => ({
      makeClient,
      answerTimeoutMs: readMs + graceMs,
      prepare: (client) => prepareSession(client, facts, { statementMs }),
    });
    const readers = new ReaderPool({
      make: () => new ServerLink(reads(readMs)),
      // One commits, and one holds the presence lock.
      max: (storage.poolSize ?? defaultPoolSize) - 2,
      isConnectionLost,
    });
    const inspection = new ServerInspection({
      link: new ServerLink({ ...reads(inspectionMs), answerTimeoutMs: inspectionMs + graceMs }),
      words: queryWords(names),
      partition: '`partition`',
      sqlSession: (session) => new MysqlSqlSession(session, names),
      sizes: sizesSql(names),
      isLate,
      isConnectionLost,
      explain: mysqlError,
    });
    return new MysqlConnection({
      writer: new Writer(link, 'START TRANSACTION'),
      readers,
      hints: new MysqlHints(),
      presenceLink: new ServerLink(reads(0)),
      inspection,
      // The reader of a backlog sets the pace, so its statement has no limit of time.
      backlogPages: (pagesOf) => pagesAlone(() => new ServerLink(reads(0)), pagesOf),
      wallMs,
      logger,
      packetBytes: facts.packetBytes,
      database: { names, isMariaDb: facts.isMariaDb, identity: facts.identity },
    });
  }

  #clients(mysql2: Mysql2Module): () => MysqlClient {
    const { storage } = this.settings;
    return () =>
      new MysqlClient({
        open: async () => mysql2.createConnection(await connectionConfig(storage)),
        connectTimeoutMs: storage.connectTimeout ?? defaultConnectTimeoutMs,
      });
  }
}

/** TypeORM writes the name of the database between quotes as it is. */
export function checkDatabaseName(database: string | null): string {
  if (database === null)
    throw new StorageError(
      'The connection names no database.',
      'Give the name of a database: mysql://user@host/database.',
    );
  if (/^[^`'"\\.\0]{1,64}$/u.test(database)) return database;
  throw new InvalidArgumentError(
    'storage.database',
    `${quoted(database)} cannot be the name of a database`,
    'Use 1 to 64 characters without quotation marks, backslashes and dots.',
  );
}
