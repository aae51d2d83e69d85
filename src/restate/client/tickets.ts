/** Tickets of signals on Restate: the invocation that runs the operation, and its target. */
import { InvalidArgumentError } from '../../errors/index.js';
import { shown } from '../../errors/text.js';
import type { Ticket } from '../../model/ticket.js';

export interface TicketParts {
  readonly invocationId: string;
  readonly target: string;
}

export function ticketOf({ invocationId, target }: TicketParts): Ticket {
  return `r1.${invocationId}.${encodeURIComponent(target)}` as Ticket;
}

/** @throws InvalidArgumentError */
export function readTicket(text: unknown): TicketParts {
  const match = typeof text === 'string' && text.length < 8_000 ? form.exec(text) : null;
  if (match !== null) {
    const [, invocationId = '', target = ''] = match;
    return { invocationId, target: decodeURIComponent(target) };
  }
  throw new InvalidArgumentError(
    'ticket',
    `${shown(text)} was not returned by client.signalEntity() on Restate`,
    'Give the text that `signalEntity` of a client resolved with.',
  );
}

const form = /^r1\.(inv_[0-9A-Za-z]{10,80})\.((?:[A-Za-z0-9_.!~*'()-]|%[0-9A-F]{2})+)$/;
