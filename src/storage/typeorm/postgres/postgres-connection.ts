import type { DurableError } from '../../../errors/index.js';
import type { CommitBatch, InboxRow, InboxWrite, Membership, Store } from '../../../engines/sql/ports/store.js';
import type { Connection } from '../dialect.js';
import type { Statement } from '../server/server-client.js';
import { toInboxRow } from '../server/polled-row.js';
import { ServerConnection, type NumberedBacklog, type ServerParts } from '../server/server-connection.js';
import type { DamagedRows } from '../server/server-reads.js';
import { readBacklog } from './backlog.js';
import { commitSql } from './commit-function.js';
import { commitParameters } from './commit-parameters.js';
import { missingRows } from './commit-refusal.js';
import { postgresMembership } from './membership.js';
import type { Names } from './names.js';
import type { PostgresHints } from './hints.js';
import { lookStatement, pollStatement, type LookedRow, type NumberedRow, type PollFloor } from './poll.js';
import { prepared, type PostgresClient, type PostgresLink, type PostgresSession } from './postgres-client.js';
import { commitError, postgresError } from './postgres-errors.js';
import { PostgresPresence } from './presence.js';
import { membershipOf, readWords, type MembersRow } from './read-words.js';
import { damagedInboxText, numberArray } from './reads.js';
import { PostgresSqlSession } from './sql-session.js';
import { writeWithin, type OwnDatabase } from './within.js';

export interface PostgresParts extends Omit<ServerParts<PostgresClient>, 'membership' | 'presence' | 'words'> {
  readonly hints: PostgresHints;
  readonly names: Names;
  readonly floor: PollFloor;
  readonly database: OwnDatabase;
}

/** An open PostgreSQL database: one connection that commits, some that read, and one that listens. */
export class PostgresConnection extends ServerConnection<PostgresClient> implements Connection {
  readonly #commit: Statement;
  readonly #poll: Statement;
  readonly #damaged: Statement;
  /** A poll that also reads the members. */
  readonly #look: Statement;

  constructor(private readonly parts: PostgresParts) {
    const { names, hints, readers } = parts;
    const presence = new PostgresPresence(names, hints, readers);
    super({ ...parts, membership: postgresMembership(names), presence, words: readWords(names) });
    this.#commit = prepared('commit', commitSql(parts.names));
    this.#poll = pollStatement(parts.names);
    this.#damaged = prepared('damaged_inbox', damagedInboxText(parts.names));
    this.#look = lookStatement(parts.names);
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

  async damagedInboxRows(): Promise<DamagedRows> {
    const [row] = await this.ask<DamagedRows>(this.#damaged, []);
    return row ?? { count: 0, example: null };
  }

  async members(): Promise<Membership> {
    return membershipOf(await this.read<MembersRow>('members', [this.nowMs]));
  }

  protected backlog(link: PostgresLink, request: NumberedBacklog): AsyncGenerator<readonly InboxRow[]> {
    return readBacklog(link, this.parts.names, request);
  }

  async poll({ partitions, nowMs, limit, members = false }: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    const { floor, hints } = this.parts;
    const numbers = await this.numbersOf(partitions);
    for (;;) {
      const poll = floor.begin(numbers);
      const values = [numberArray(numbers), nowMs, limit, numberArray(poll.floors)];
      const found = members
        ? await this.ask<LookedRow>(this.#look, [...values, this.nowMs])
        : await this.ask<NumberedRow>(this.#poll, values);
      if (!floor.learn(poll, found)) continue;
      const rows = found.flatMap(toInboxRow);
      hints.found(rows.length);
      const nextDueMs = found[0]?.nextDueMs ?? undefined;
      return { rows, nextDueMs, ...(members && { members: membershipOf(found as LookedRow[]) }) };
    }
  }

  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    return writeWithin(transaction, this.parts.database, rows);
  }
}
