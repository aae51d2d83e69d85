import type { MessageBody, RequestReceipt } from '../model/messages.js';
import { processedTicket, ticketOf, type Ticket } from '../../../model/ticket.js';
import type { ClientMessage } from '../ports/intake.js';

/** A client's message on its way in, and who waits for it. It survives a reset of the engine until it is answered. */
export class Submission implements ClientMessage {
  readonly target: string;
  readonly body: MessageBody;
  readonly dueMs: number | undefined;
  readonly receipt: RequestReceipt | undefined;
  /** A repeat of this one, in the same batch: its ticket is the same. */
  repeats: Submission | undefined = undefined;
  /** Its message is durable as this inbox row: after a reset it is not submitted again, only waited for. 0: not yet, or it needed none. */
  row = 0;
  /** Of a named signal: the row that it has once it is scheduled. */
  laterRow = 0;

  /**
   * @param when `accepted`: answered with its ticket when the message is durable; `applied`: with what the owner answers, when the
   *   owner has applied it and that is durable
   * @param call Of this process: answers that another process gives are found by it.
   * @param sinceMs Monotonic: since when it waits to be let in.
   * @param waitingRows Of this process: those whose message is durable as a row and that wait to be applied.
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

  /** @param value what the owner answers to a message that is applied */
  resolve(value?: string): void {
    this.waitsNoMore();
    this.answered(this.when === 'applied' ? value : this.ticket);
  }

  reject(error: unknown): void {
    this.waitsNoMore();
    this.failed(error instanceof Error ? error : new Error(String(error)));
  }

  private waitsNoMore(): void {
    if (this.row !== 0) this.waitingRows.delete(this.row);
  }

  private get ticket(): Ticket {
    const first = this.repeats ?? this;
    return first.row === 0 && first.laterRow === 0 ? processedTicket : ticketOf(this.target, rowsOf(first));
  }
}

/** The inbox rows that are to be gone before the message has been processed. */
export function rowsOf({ row, laterRow }: Submission): number[] {
  return [row, laterRow].filter((each) => each !== 0);
}
