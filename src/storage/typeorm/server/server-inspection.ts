/** The connection of an inspector on a database server: made at the first read, with one statement at a time and a time limit. */
import type { DurableError } from '../../../errors/index.js';
import type { InspectedRow, InspectionStore } from '../../../engines/sql/ports/store.js';
import { ReadTimeoutError } from '../../../engines/sql/ports/store-errors.js';
import type { SqlSession, SqlValue } from '../dialect.js';
import { Serial } from '../serial.js';
import type { InspectionDialect } from '../sql-inspection.js';
import { edgeOf, inspectedPageOf, type Query, type QueryWords } from './instance-query.js';
import type { ServerClient } from './server-client.js';
import { NoAnswerError, type ServerLink, type ServerSession } from './server-link.js';

/** The time limit of one statement. */
export const inspectionMs = 2_000;

export interface ServerInspectionParts<Client extends ServerClient> {
  /** Its connections end a statement after `inspectionMs`. */
  readonly link: ServerLink<Client>;
  readonly words: QueryWords;
  /** The column of the partition of a message. */
  readonly partition: string;
  readonly sqlSession: (session: ServerSession<Client>) => SqlSession;
  /** The statement that finds `name` and `bytes` of each table. */
  readonly sizes: string;
  /** Whether the server has ended the statement, because it took too long. */
  readonly isLate: (error: unknown) => boolean;
  readonly isConnectionLost: (error: unknown) => boolean;
  readonly explain: (doing: string, error: unknown) => DurableError;
}

export class ServerInspection<Client extends ServerClient> implements InspectionDialect {
  readonly length = 'char_length';
  readonly partition: string;
  readonly #serial = new Serial();

  constructor(private readonly parts: ServerInspectionParts<Client>) {
    this.partition = parts.partition;
  }

  table(name: string): string {
    return this.parts.words.table(name);
  }

  all<Row>(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    const { link, sqlSession } = this.parts;
    return this.#run(async () => sqlSession(await link.connect()).all<Row>(sql, values));
  }

  async instances(...[filter, page]: Parameters<InspectionStore['instances']>): Promise<readonly InspectedRow[]> {
    return this.#query<InspectedRow>(inspectedPageOf(this.parts.words, filter, page));
  }

  async edge(...[filter, page]: Parameters<InspectionStore['edge']>): Promise<string | undefined> {
    return (await this.#query<{ id: string }>(edgeOf(this.parts.words, filter, page)))[0]?.id;
  }

  sizes(): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
    return this.#query({ text: this.parts.sizes, values: [] });
  }

  #query<Row>({ text, values }: Query): Promise<Row[]> {
    return this.#run(async () => [...(await this.parts.link.query<Row>({ text }, values)).rows]);
  }

  /** Runs a read, once more if its connection was lost. */
  #run<Row>(read: () => Promise<Row[]>): Promise<Row[]> {
    const { link, isConnectionLost, isLate, explain } = this.parts;
    return this.#serial.run(async () => {
      try {
        return await read().catch((error: unknown) => {
          if (error instanceof NoAnswerError || !isConnectionLost(error)) throw error;
          link.drop();
          return read();
        });
      } catch (error) {
        if (error instanceof NoAnswerError || isLate(error)) throw new ReadTimeoutError(inspectionMs, error);
        throw explain('inspecting', error);
      }
    });
  }

  /** Closes the connection after the statements that were asked for. */
  async close(): Promise<void> {
    await this.#serial.run(() => this.parts.link.close());
  }
}
