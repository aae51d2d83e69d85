/**
 * The ticket of a signal: where its message waits. The inbox rows that are to be gone before it is processed, and whom it is for;
 * no rows: it was processed by the batch that made it durable.
 */
import { InvalidArgumentError } from '../errors/argument-errors.js';

declare const ticket: unique symbol;

/**
 * Names one signal that was sent: what `signalEntity` of a client resolves with and `processed` takes. Printable ASCII without
 * spaces; it may be stored, and used in other processes on the same database.
 */
export type Ticket = string & { readonly [ticket]: never };

export interface TicketParts {
  readonly rows: readonly number[];
  /** Instance id; `''` without rows. */
  readonly target: string;
}

/** Of every message that was processed at once: it costs nothing to make. */
export const processedTicket = 't1' as Ticket;

export function ticketOf(target: string, rows: readonly number[]): Ticket {
  const [row, laterRow] = rows;
  if (row === undefined) return processedTicket;
  const later = laterRow === undefined ? '' : `-${textOf(laterRow)}`;
  return `t1.${textOf(row)}${later}.${encodeURIComponent(target)}` as Ticket;
}

/** @throws InvalidArgumentError */
export function readTicket(text: unknown): TicketParts {
  if (text === processedTicket) return { rows: [], target: '' };
  // No ticket is longer: of a very long text the pattern would overflow the stack.
  const match = typeof text === 'string' && text.length < 8_000 ? pattern.exec(text) : null;
  const rows = match?.[1]?.split('-').map(rowOf) ?? [];
  const target = match === null ? undefined : decoded(match[2] as string);
  if (target === undefined || !rows.every((row) => Number.isSafeInteger(row) && row !== 0)) {
    throw new InvalidArgumentError('ticket', 'it is none', 'Give what `signalEntity` of a client resolved with.');
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
