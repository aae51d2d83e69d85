/**
 * The ticket of a signal: its target, and the inbox rows in which its message waits. The signal has been processed when none of these rows
 * exists any more. A ticket without rows belongs to a signal that was processed by the batch that made it durable.
 */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { shown } from '../errors/text.js';

declare const ticket: unique symbol;

/**
 * The ticket of one sent signal. `client.signalEntity` resolves with it, and `client.processed` takes it. A text of printable ASCII without
 * spaces. A program may store it, and use it in other processes on the same database.
 */
export type Ticket = string & { readonly [ticket]: never };

export interface TicketParts {
  readonly rows: readonly number[];
  /** The instance id of the receiver. `''` if there are no rows. */
  readonly target: string;
}

/** The ticket of every signal that was processed by the batch that made it durable. A constant, so it costs nothing. */
export const processedTicket = 't1' as Ticket;

export function ticketOf(target: string, rows: readonly number[]): Ticket {
  const [row, laterRow] = rows;
  if (row === undefined) return processedTicket;
  const later = laterRow === undefined ? '' : `-${textOf(laterRow)}`;
  return `t1.${textOf(row)}${later}.${encodeURIComponent(target)}` as Ticket;
}

/** Parses a ticket. @throws InvalidArgumentError */
export function readTicket(text: unknown): TicketParts {
  if (text === processedTicket) return { rows: [], target: '' };
  // No ticket is longer. The pattern would overflow the stack on a very long text.
  const match = typeof text === 'string' && text.length < 8_000 ? pattern.exec(text) : null;
  const rows = match?.[1]?.split('-').map(rowOf) ?? [];
  const target = match === null ? undefined : decoded(match[2] as string);
  if (target === undefined || !rows.every((row) => Number.isSafeInteger(row) && row !== 0)) {
    throw new InvalidArgumentError(
      'ticket',
      `${shown(text)} was not returned by client.signalEntity()`,
      'Give the text that `signalEntity` of a client resolved with.',
    );
  }
  return { rows, target };
}

const pattern = /^t1\.(_?[0-9a-z]{1,11}(?:-_?[0-9a-z]{1,11})?)\.((?:[A-Za-z0-9_.!~*'()-]|%[0-9A-F]{2})+)$/;

/** Ids below zero count from the lowest one on. */
function textOf(row: number): string {
  return row < 0 ? `_${(row + 2 ** 53).toString(36)}` : row.toString(36);
}

function rowOf(text: string): number {
  return text.startsWith('_') ? Number.parseInt(text.slice(1), 36) - 2 ** 53 : Number.parseInt(text, 36);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
