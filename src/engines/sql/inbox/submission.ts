import type { MessageBody, RequestReceipt } from '../model/messages.js';
import { processedTicket, ticketOf, type Ticket } from '../../../model/ticket.js';
import { Search } from './search.js';
import type { ClientMessage } from '../ports/intake.js';

/**
 * A client's message before its answer, with the callbacks of the caller. The submission survives the end of a worker term until it is
 * answered.
 */
export class Submission implements ClientMessage {
  readonly target: string;
  readonly body: MessageBody;
  readonly dueMs: number | undefined;
  readonly receipt: RequestReceipt | undefined;
  /** The first message with this request id in the same batch: both get the same ticket. `undefined` if this one is the first. */
  repeats: Submission | undefined = undefined;
  /**
   * The inbox row that makes the message durable. A later term does not submit such a message again and waits for its row. 0 if there is no
   * row.
   */
  row = 0;
  /** Whether another worker owned the target when the message was admitted. */
  away = false;
  /** Made on first use: most messages are answered in this process. */
  private searching: Search | undefined = undefined;
  /** The row that a named signal gets when it is scheduled. 0 for other messages. */
  laterRow = 0;

  /**
   * @param when `accepted`: answered with the ticket when the message is durable. `applied`: answered with the owner's answer when the
   * owner has applied the message and that is durable.
   * @param call the number of this call in this process, by which the answer of another process is found
   * @param sinceMs the monotonic time since when the message waits to be admitted
   * @param waitingRows the messages of this process that are durable as rows and wait to be applied
   */
  constructor(
    message: ClientMessage,
    readonly when: 'accepted' | 'applied',
    readonly call: number,
    readonly sinceMs: number,
    private readonly waitingRows: Map<number, Submission>,
    private readonly answered: (answer: string | undefined) => void,
    private readonly failed: (error: Error) => void,
  ) {
    this.target = message.target;
    this.body = message.body;
    this.dueMs = message.dueMs;
    this.receipt = message.receipt;
  }

  /** @param value the owner's answer to a message that was applied */
  resolve(value?: string): void {
    this.waitsNoMore();
    this.answered(this.when === 'applied' ? value : this.ticket);
  }

  reject(error: unknown): void {
    this.waitsNoMore();
    this.failed(error instanceof Error ? error : new Error(String(error)));
  }

  /** The search for the answer of another process. */
  get search(): Search {
    this.searching ??= new Search();
    return this.searching;
  }

  /** Resolves with the rows that the owner of the target has given to the first message with this request id. */
  resolveWithRows(rows: readonly number[]): void {
    this.waitsNoMore();
    [this.row = 0, this.laterRow = 0] = rows;
    this.answered(this.ticket);
  }

  private waitsNoMore(): void {
    this.searching?.end();
    if (this.row !== 0) this.waitingRows.delete(this.row);
  }

  private get ticket(): Ticket {
    const first = this.repeats ?? this;
    return first.row === 0 && first.laterRow === 0 ? processedTicket : ticketOf(this.target, rowsOf(first));
  }
}

/** The inbox rows that must be gone before the message counts as processed. */
export function rowsOf({ row, laterRow }: Submission): number[] {
  return [row, laterRow].filter((each) => each !== 0);
}
