import type { MessageBody } from '../engines/sql/model/messages.js';
import type { MemoryDatabase } from '../storage/memory/index.js';
import { instantText } from './instant-text.js';

const linesMax = 8;

/** Describes the scheduled messages in the database, the earliest first, one line each, in at most 9 lines. */
export function waitingRows({ inbox }: MemoryDatabase): string[] {
  const due = [...inbox.values()]
    .flatMap(({ target, dueMs, body }) => (dueMs === null ? [] : [{ target, dueMs, body }]))
    .sort((a, b) => a.dueMs - b.dueMs);
  const lines = due
    .slice(0, linesMax)
    .map(
      ({ target, dueMs, body }) =>
        `${nameOf(JSON.parse(body) as MessageBody)} of ${target} is due at ${instantText(dueMs)}`,
    );
  return due.length > linesMax ? [...lines, `and ${due.length - linesMax} more wait for their time`] : lines;
}

function nameOf(body: MessageBody): string {
  return body.kind === 'operation' ? `operation ${body.operation}` : `a ${body.kind}`;
}
