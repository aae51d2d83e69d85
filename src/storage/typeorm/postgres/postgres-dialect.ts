import { InvalidArgumentError, StorageError } from '../../../errors/index.js';
import { quoted, shown } from '../../../errors/text.js';
import type { PostgresStorage } from '../../../model/postgres-storage.js';
import type { Logger } from '../../../ports/log.js';
import type { Connection, Dialect } from '../dialect.js';
import { checkTypeOrmVersion } from '../typeorm-version.js';
import { channelOf, PostgresHints, type HintTimes } from './hints.js';
import { makeNames } from './names.js';
import { PollFloor } from './poll.js';
import { PostgresConnection } from './postgres-connection.js';
import { clientConfig, describeDatabase, loadPg, type PgClient, type PgModule } from './postgres-driver.js';
import { postgresError } from './postgres-errors.js';
import { PostgresLink, type LinkSettings } from './postgres-link.js';
import { ReaderPool, Writer } from './postgres-pool.js';
import { prepareSchema } from './schema.js';
import { prepareSession, readFacts, serverTimes, type SessionFacts } from './session-facts.js';

export interface PostgresSettings {
  readonly storage: PostgresStorage;
  readonly tablePrefix: string;
  readonly wallMs?: (() => number) | undefined;
  readonly hintTimes?: HintTimes | undefined;
  readonly logger?: Logger | undefined;
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
    const writerLink = new PostgresLink({
      makeClient: this.#clients(pg),
      answerTimeoutMs: serverTimes.statementMs + graceMs,
      named,
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
    }: { link: PostgresLink; facts: SessionFacts; named: { allowed: boolean }; floor: PollFloor },
  ): Promise<Connection> {
    const { storage, tablePrefix, wallMs, logger, hintTimes } = this.settings;
    const names = makeNames(checkSchemaName(storage.schema ?? facts.schema), tablePrefix);
    await prepareSchema(link, names, database);
    if (facts.isPooled) named.allowed = false;
    const common = { makeClient: this.#clients(pg), named };
    const reads: LinkSettings = {
      ...common,
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
      makeLink: (on) =>
        new PostgresLink({
          ...common,
          ...on,
          answerTimeoutMs: serverTimes.statementMs,
          prepare: async (client) => void (await client.query({ text: `LISTEN ${channel}` })),
        }),
    });
    const makeLink = () => new PostgresLink(reads);
    // One commits, and one listens.
    const readers = new ReaderPool(makeLink, (storage.poolSize ?? defaultPoolSize) - 2);
    const { identity, mayReadSystem } = facts;
    const writer = new Writer(link);
    return new PostgresConnection({
      names,
      writer,
      readers,
      hints,
      floor,
      makeLink,
      wallMs,
      logger,
      database: { names, identity, mayReadSystem },
    });
  }

  #clients(pg: PgModule): () => PgClient {
    const config = clientConfig(pg, this.settings.storage);
    return () => new pg.Client(config);
  }
}

/** The error of the store, if a connection could not be prepared because of one. */
function unwrapped(error: unknown): unknown {
  const cause = (error as Error | undefined)?.cause;
  return cause instanceof StorageError ? cause : error;
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
