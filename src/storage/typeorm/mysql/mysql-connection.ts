import type { DurableError } from '../../../errors/index.js';
import type { CommitBatch, InboxRow, InboxWrite, Membership, Store } from '../../../engines/sql/ports/store.js';
import type { Connection } from '../dialect.js';
import type { Statement } from '../server/server-client.js';
import { toInboxRow, type PolledRow } from '../server/polled-row.js';
import { ServerConnection, type NumberedBacklog, type ServerParts } from '../server/server-connection.js';
import type { DamagedRows } from '../server/server-reads.js';
import { readBacklog } from './backlog.js';
import { callsOf } from './batch-parts.js';
import { commitSql } from './commit-procedure.js';
import { missingRows } from './commit-refusal.js';
import type { MysqlHints } from './hints.js';
import { call, MysqlMembership } from './membership.js';
import { prepared, type MysqlClient, type MysqlLink, type MysqlSession } from './mysql-client.js';
import { commitError, mysqlError } from './mysql-errors.js';
import {
  boundText,
  lookText,
  noBound,
  partitionList,
  PollStatement,
  pollText,
  splitLook,
  type LookedRow,
} from './poll.js';
import { MysqlPresence } from './presence.js';
import { membershipOf, readWords, type MembersRow } from './read-words.js';
import { damagedInboxText } from './reads.js';
import { MysqlSqlSession } from './sql-session.js';
import { writeWithin, type OwnDatabase } from './within.js';

export interface MysqlParts extends Omit<ServerParts<MysqlClient>, 'membership' | 'presence' | 'words'> {
  readonly hints: MysqlHints;
  /** The connection that holds the presence lock. */
  readonly presenceLink: MysqlLink;
  readonly database: OwnDatabase;
  /** `max_allowed_packet` of the server. */
  readonly packetBytes: number;
}

/** An open MySQL or MariaDB database: one connection that commits, and some that read. */
export class MysqlConnection extends ServerConnection<MysqlClient> implements Connection {
  readonly #commit: Statement;
  readonly #poll: PollStatement;
  /** A poll that also reads the members. */
  readonly #look: PollStatement;
  /** Whether the last poll has found as many rows as it may. */
  #isBehind = false;

  constructor(private readonly parts: MysqlParts) {
    const { names } = parts.database;
    const membership = new MysqlMembership(names, (session) => new MysqlSqlSession(session, names));
    const { hints, presenceLink, readers } = parts;
    const presence = new MysqlPresence(names, presenceLink, hints, readers);
    super({ ...parts, membership, presence, words: readWords(names) });
    this.#commit = prepared(commitSql(names));
    this.#poll = new PollStatement((partitions) => pollText(names, partitions));
    this.#look = new PollStatement((partitions) => lookText(names, partitions));
  }

  explain(doing: string, error: unknown): DurableError {
    return mysqlError(doing, error);
  }

  protected sqlSession(session: MysqlSession): MysqlSqlSession {
    return new MysqlSqlSession(session, this.parts.database.names);
  }

  /** All calls of a batch go to one session: a call on another one would find no open transaction, and is refused. */
  protected async apply(link: MysqlLink, batch: CommitBatch, token: string): Promise<number> {
    const calls = callsOf(batch, { token, nowMs: this.nowMs, packetBytes: this.parts.packetBytes });
    const session = await link.connect();
    let nowMs = 0;
    for (const values of calls) {
      const [row] = await call<{ nowMs: number }>(session, this.#commit, values);
      nowMs = row?.nowMs ?? 0;
    }
    return nowMs;
  }

  protected async refusal(link: MysqlLink, batch: CommitBatch, error: unknown): Promise<DurableError> {
    const missing = await missingRows(link, this.parts.database.names, batch, error).catch(() => undefined);
    return commitError(batch, error, missing);
  }

  async damagedInboxRows(): Promise<DamagedRows> {
    const partitions = partitionList(await this.numbersOf('all'));
    const text = damagedInboxText(this.parts.database.names, partitions);
    const [row] = await this.ask<DamagedRows>({ text }, []);
    return row ?? { count: 0, example: null };
  }

  async members(): Promise<Membership> {
    return membershipOf(await this.read<MembersRow>('members', [this.nowMs]));
  }

  protected backlog(link: MysqlLink, request: NumberedBacklog): AsyncGenerator<readonly InboxRow[]> {
    return readBacklog(link, this.parts.database.names, request);
  }

  async poll({ partitions, nowMs, limit, members = false }: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    const numbers = await this.numbersOf(partitions);
    let found: PolledRow[] | undefined;
    let seen: MembersRow[] | undefined;
    if (members) {
      const values = [nowMs, limit, noBound, this.nowMs];
      ({ found, members: seen } = splitLook(await this.ask<LookedRow>(this.#look.of(numbers), values)));
    } else {
      const statement = this.#poll.of(numbers);
      // After a full page there may be a large backlog, of which a poll would sort all rows.
      if (this.#isBehind) found = await this.#pollPart(statement, numbers, { nowMs, limit });
      found ??= await this.ask<PolledRow>(statement, [nowMs, limit, noBound]);
    }
    const rows = found.flatMap(toInboxRow);
    this.#isBehind = rows.length === limit;
    this.parts.hints.found(rows.length);
    const nextDueMs = found[0]?.nextDueMs ?? undefined;
    return { rows, nextDueMs, ...(seen !== undefined && { members: membershipOf(seen) }) };
  }

  override async close(): Promise<void> {
    await super.close();
    await this.parts.presenceLink.close();
  }

  /** The first page of a large backlog. `undefined` if a poll of all rows is needed: what was found is less than a page. */
  async #pollPart(
    statement: Statement,
    numbers: readonly number[],
    { nowMs, limit }: { readonly nowMs: number; readonly limit: number },
  ): Promise<PolledRow[] | undefined> {
    const [row] = await this.ask<{ bound: number | null }>(
      { text: boundText(this.parts.database.names, numbers, limit) },
      [],
    );
    if (row?.bound === undefined || row.bound === null) return undefined;
    const found = await this.ask<PolledRow>(statement, [nowMs, limit, row.bound]);
    const unscheduled = found.filter(({ seq, dueMs }) => seq !== null && dueMs === null);
    return unscheduled.length === limit ? found : undefined;
  }

  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    return writeWithin(transaction, this.parts.database, rows);
  }
}
