import { InvalidArgumentError, StorageError } from '../../../errors/index.js';
import { quoted, shown } from '../../../errors/text.js';
import type { PostgresStorage } from '../../../model/postgres-storage.js';
import type { Connection, Dialect } from '../dialect.js';
import { unwrapped } from '../server/server-errors.js';
import { inspectionMs, ServerInspection } from '../server/server-inspection.js';
import { ServerLink, type LinkSettings } from '../server/server-link.js';
import { ReaderPool, Writer } from '../server/server-pool.js';
import type { ServerSettings } from '../server/server-store.js';
import { checkTypeOrmVersion } from '../typeorm-version.js';
import { channelOf, PostgresHints, type HintTimes } from './hints.js';
import { makeNames } from './names.js';
import { PollFloor } from './poll.js';
import { PostgresClient, type PostgresClientSettings } from './postgres-client.js';
import { PostgresConnection } from './postgres-connection.js';
import { clientConfig, describeDatabase, loadPg, type PgModule } from './postgres-driver.js';
import { isCancelled, isConnectionLost, postgresError } from './postgres-errors.js';
import { queryWords, sizesSql } from './query.js';
import { prepareSchema } from './schema.js';
import { prepareSession, readFacts, serverTimes, type SessionFacts } from './session-facts.js';
import { PostgresSqlSession } from './sql-session.js';

export interface PostgresSettings extends ServerSettings {
  readonly storage: PostgresStorage;
  readonly hintTimes?: HintTimes | undefined;
}

/** The time that a read may take: a query of the application may scan many rows. */
const readMs = 60_000;
/** The server ends a statement; this much later the connection counts as dead. */
const graceMs = 2_500;

const defaultPoolSize = 5;

export class PostgresDialect implements Dialect {
  constructor(private readonly settings: PostgresSettings) {}

  async connect(): Promise<Connection> {
    checkTypeOrmVersion();
    const pg = await loadPg();
    const database = describeDatabase(this.settings.storage);
    const named = { allowed: true };
    let facts: SessionFacts | undefined;
    const writerLink = new ServerLink({
      makeClient: this.#clients(pg, { named }),
      answerTimeoutMs: serverTimes.statementMs + graceMs,
      onLost: () => floor.reset(),
      prepare: async (client) => {
        facts ??= await readFacts(client, database, this.settings.logger);
        await prepareSession(client, facts, serverTimes);
      },
    });
    const floor = new PollFloor();
    try {
      await writerLink.connect();
      return await this.#connectionOn(pg, database, {
        link: writerLink,
        facts: facts as unknown as SessionFacts,
        named,
        floor,
      });
    } catch (error) {
      await writerLink.close();
      throw postgresError(`opening ${database}`, unwrapped(error));
    }
  }

  async #connectionOn(
    pg: PgModule,
    database: string,
    {
      link,
      facts,
      named,
      floor,
    }: { link: ServerLink<PostgresClient>; facts: SessionFacts; named: { allowed: boolean }; floor: PollFloor },
  ): Promise<Connection> {
    const { storage, tablePrefix, wallMs, logger, hintTimes } = this.settings;
    const names = makeNames(checkSchemaName(storage.schema ?? facts.schema), tablePrefix);
    await prepareSchema(link, names, database);
    if (facts.isPooled) named.allowed = false;
    const reads: LinkSettings<PostgresClient> = {
      makeClient: this.#clients(pg, { named }),
      answerTimeoutMs: readMs + graceMs,
      onLost: () => floor.reset(),
      prepare: (client) => prepareSession(client, facts, { statementMs: readMs }),
    };
    const channel = channelOf(names);
    const hints = new PostgresHints({
      channel,
      isPooled: facts.isPooled,
      logger,
      ...(hintTimes === undefined ? {} : { times: hintTimes }),
      makeLink: ({ onNotification, onLost }) =>
        new ServerLink({
          makeClient: this.#clients(pg, { named, onNotification }),
          onLost,
          answerTimeoutMs: serverTimes.statementMs,
          prepare: async (client) => void (await client.query({ text: `LISTEN ${channel}` })),
        }),
    });
    const inspection = new ServerInspection({
      link: new ServerLink({
        makeClient: this.#clients(pg, { named }),
        answerTimeoutMs: inspectionMs + graceMs,
        prepare: (client) => prepareSession(client, facts, { statementMs: inspectionMs }),
      }),
      words: queryWords(names),
      partition: 'partition',
      sqlSession: (session) => new PostgresSqlSession(session, names),
      sizes: sizesSql(names),
      isLate: isCancelled,
      isConnectionLost,
      explain: postgresError,
    });
    // One commits, and one listens.
    const readers = new ReaderPool({
      make: () => new ServerLink(reads),
      max: (storage.poolSize ?? defaultPoolSize) - 2,
      isConnectionLost,
    });
    const { identity, mayReadSystem } = facts;
    const writer = new Writer(link, 'BEGIN ISOLATION LEVEL READ COMMITTED');
    return new PostgresConnection({
      names,
      writer,
      readers,
      hints,
      inspection,
      floor,
      backlogPages: (pagesOf) => readers.pages(pagesOf),
      wallMs,
      logger,
      database: { names, identity, mayReadSystem },
    });
  }

  #clients(pg: PgModule, settings: PostgresClientSettings): () => PostgresClient {
    const config = clientConfig(pg, this.settings.storage);
    return () => new PostgresClient(new pg.Client(config), settings);
  }
}

/** TypeORM writes the schema between quotes as it is. */
export function checkSchemaName(schema: unknown): string {
  if (schema === null)
    throw new StorageError(
      'The search path of this user names no schema that exists.',
      'Give the option `schema`, or create a schema named like the user.',
    );
  if (typeof schema === 'string' && /^[^".\0]{1,63}$/u.test(schema) && Buffer.byteLength(schema) <= 63) return schema;
  const shownSchema = typeof schema === 'string' ? quoted(schema) : shown(schema);
  throw new InvalidArgumentError(
    'storage.schema',
    `${shownSchema} cannot be the name of a schema`,
    'Use 1 to 63 bytes without quotation marks and dots.',
  );
}
