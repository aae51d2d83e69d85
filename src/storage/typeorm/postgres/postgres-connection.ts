import type { DurableError } from '../../../errors/index.js';
import type { CommitBatch, InboxRow, InboxWrite, Membership, Store } from '../../../engines/sql/ports/store.js';
import type { BacklogRequest, Connection } from '../dialect.js';
import type { Statement } from '../server/server-client.js';
import { toInboxRow } from '../server/polled-row.js';
import { ServerConnection, type ServerParts } from '../server/server-connection.js';
import { readBacklog } from './backlog.js';
import { commitSql } from './commit-function.js';
import { commitParameters } from './commit-parameters.js';
import { missingRows } from './commit-refusal.js';
import { postgresMembership } from './membership.js';
import type { Names } from './names.js';
import { pollStatement, type NumberedRow, type PollFloor } from './poll.js';
import { prepared, type PostgresClient, type PostgresLink, type PostgresSession } from './postgres-client.js';
import { commitError, postgresError } from './postgres-errors.js';
import { membershipOf, readWords, type MembersRow } from './read-words.js';
import { numberArray } from './reads.js';
import { PostgresSqlSession } from './sql-session.js';
import { writeWithin, type OwnDatabase } from './within.js';

export interface PostgresParts extends Omit<ServerParts<PostgresClient>, 'membership' | 'words'> {
  readonly names: Names;
  readonly floor: PollFloor;
  readonly database: OwnDatabase;
  /** Makes a connection for one backlog. */
  readonly makeLink: () => PostgresLink;
}

/** An open PostgreSQL database: one connection that commits, some that read, and one that listens. */
export class PostgresConnection extends ServerConnection<PostgresClient> implements Connection {
  readonly #commit: Statement;
  readonly #poll: Statement;

  constructor(private readonly parts: PostgresParts) {
    super({ ...parts, membership: postgresMembership(parts.names), words: readWords(parts.names) });
    this.#commit = prepared('commit', commitSql(parts.names));
    this.#poll = pollStatement(parts.names);
  }

  explain(doing: string, error: unknown): DurableError {
    return postgresError(doing, error);
  }

  protected sqlSession(session: PostgresSession): PostgresSqlSession {
    return new PostgresSqlSession(session, this.parts.names);
  }

  protected async apply(link: PostgresLink, batch: CommitBatch, token: string): Promise<number> {
    const values = commitParameters(batch, token, this.nowMs);
    const applied = this.parts.floor.commitBegins();
    const { rows } = await link.query<{ nowMs: number }>(this.#commit, values);
    applied();
    return rows[0]?.nowMs ?? 0;
  }

  protected async refusal(link: PostgresLink, batch: CommitBatch, error: unknown): Promise<DurableError> {
    const missing = await missingRows(link, this.parts.names, batch, error).catch(() => undefined);
    return commitError(batch, error, missing);
  }

  async members(): Promise<Membership> {
    return membershipOf(await this.read<MembersRow>('members', [this.nowMs]));
  }

  /** The connection is used by nobody else: the caller may read other things between two pages. */
  async *readBacklog({ gained, owned, limit }: BacklogRequest): AsyncGenerator<readonly InboxRow[]> {
    const request = { gained: await this.numbersOf(gained), owned: await this.numbersOf(owned), limit };
    const link = this.parts.makeLink();
    try {
      yield* readBacklog(link, this.parts.names, request);
    } catch (error) {
      throw postgresError('reading the backlog', error);
    } finally {
      await link.close();
    }
  }

  async poll({ partitions, nowMs, limit }: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    const { floor, hints } = this.parts;
    const numbers = await this.numbersOf(partitions);
    for (;;) {
      const poll = floor.begin(numbers);
      const values = [numberArray(numbers), nowMs, limit, numberArray(poll.floors)];
      const found = await this.ask<NumberedRow>(this.#poll, values);
      if (!floor.learn(poll, found)) continue;
      const rows = found.flatMap(toInboxRow);
      hints.found(rows.length);
      return { rows, nextDueMs: found[0]?.nextDueMs ?? undefined };
    }
  }

  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    return writeWithin(transaction, this.parts.database, rows);
  }
}
