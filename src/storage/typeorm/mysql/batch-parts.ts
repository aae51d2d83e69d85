/** The calls of one batch: one, unless it is larger than a packet of the server. */
import { StoreRefusedError } from '../../../engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import type { SqlValue } from '../dialect.js';
import { commitParameters } from './commit-parameters.js';

/** The bytes of a packet beside the values. */
const overheadBytes = 65_536;

/** Half of a surrogate pair as JSON text: an odd number of backslashes before it. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

interface Fence {
  readonly token: string;
  readonly nowMs: number | null;
  /** `max_allowed_packet` of the server. */
  readonly packetBytes: number;
}

/**
 * The values of each call, in order.
 * @throws StoreRefusedError if a text is not well-formed, or a row alone is larger than a packet
 */
export function callsOf(batch: CommitBatch, { token, nowMs, packetBytes }: Fence): SqlValue[][] {
  const bytesMax = packetBytes - overheadBytes;
  const whole = commitParameters(batch, token, nowMs, { isFirst: true, isLast: true });
  checkTexts(whole);
  if (fits(whole, bytesMax)) return [whole];
  const parts = partsOf(batch, bytesMax);
  return parts.map((part, index) => {
    const place = { isFirst: index === 0, isLast: index === parts.length - 1 };
    const values = commitParameters(part, token, nowMs, place);
    if (fits(values, bytesMax)) return values;
    throw new StoreRefusedError(
      `The batch was refused: a row of it is larger than a packet of the server (max_allowed_packet = ${packetBytes}).`,
      undefined,
      'Set max_allowed_packet on the server to more than twice the largest state or message, or lower the option `limits`.',
    );
  });
}

/** Neither server refuses half of a surrogate pair: they would store another character. */
function checkTexts(values: readonly SqlValue[]): void {
  for (const value of values)
    if (typeof value === 'string' && loneSurrogate.test(value))
      throw new StoreRefusedError('The batch was refused: a text of it contains half of a surrogate pair.');
}

function fits(values: readonly SqlValue[], bytesMax: number): boolean {
  let units = 0;
  for (const value of values) if (typeof value === 'string') units += value.length;
  // A character of UTF-16 has at most three bytes in UTF-8.
  if (units * 3 <= bytesMax) return true;
  return values.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0) <= bytesMax;
}

/** The batch in pieces. Deletions come first, because `history` may be written again, and the end of the worker comes last. */
function partsOf(batch: CommitBatch, bytesMax: number): CommitBatch[] {
  const { incarnation, seq, leaseMs } = batch;
  const nothing = {
    consumed: [],
    adopted: [],
    instances: [],
    history: [],
    historyDeleted: [],
    inbox: [],
    receipts: [],
  };
  const empty: CommitBatch = { incarnation, seq, leaseMs, ...nothing };
  const { hubTimeMs, activeMs } = batch;
  const times = {
    ...(hubTimeMs === undefined ? {} : { hubTimeMs }),
    ...(activeMs === undefined ? {} : { activeMs }),
  };
  const first = {
    ...empty,
    ...times,
    consumed: batch.consumed,
    adopted: batch.adopted,
    historyDeleted: batch.historyDeleted,
  };
  const deadLetters = batch.deadLetters ?? [];
  return [
    first,
    ...piecesOf(batch.instances, bytesMax).map((instances) => ({ ...empty, instances })),
    ...piecesOf(batch.history, bytesMax).map((history) => ({ ...empty, history })),
    ...piecesOf(batch.inbox, bytesMax).map((inbox) => ({ ...empty, inbox })),
    ...piecesOf(batch.receipts, bytesMax).map((receipts) => ({ ...empty, receipts })),
    ...piecesOf(deadLetters, bytesMax).map((letters) => ({ ...empty, deadLetters: letters })),
    { ...batch, ...nothing, deadLetters: [] },
  ];
}

/** The rows in pieces that fit into a packet, each with at least one row. */
function piecesOf<Row>(rows: readonly Row[], bytesMax: number): Row[][] {
  const pieces: Row[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const own = Buffer.byteLength(JSON.stringify(row));
    if (bytes + own > bytesMax) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(row);
    bytes += own;
  }
  return pieces;
}
