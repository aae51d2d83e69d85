/** Cursors of pages: opaque texts that hold the place of the last item. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { shown } from '../errors/text.js';

type Place = readonly (string | number)[];

/** @param list the name of the list, so that a cursor of another list is refused */
export function makeCursor(list: string, place: Place): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/**
 * The place of a cursor. `undefined` without a cursor.
 * @param types the type of each part of the place
 * @throws InvalidArgumentError if the text is not a cursor of this list
 */
export function readCursor(
  list: string,
  cursor: string | undefined,
  types: readonly ('string' | 'number')[],
): Place | undefined {
  if (cursor === undefined) return undefined;
  const read = parsed(cursor);
  const [name, ...place] = read ?? [];
  const isOne =
    name === list &&
    place.length === types.length &&
    place.every(
      (part, index) => typeof part === types[index] && (typeof part !== 'number' || Number.isSafeInteger(part)),
    );
  if (isOne) return place as Place;
  throw new InvalidArgumentError(
    'cursor',
    `${shown(cursor)} is not a cursor of this list`,
    'Give the `next` of the page before, with the same filter and order, or omit it for the first page.',
  );
}

function parsed(cursor: unknown): readonly unknown[] | undefined {
  // No cursor is longer: ids have at most 2 * 512 bytes.
  if (typeof cursor !== 'string' || cursor.length > 8_000) return undefined;
  try {
    const read = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    return Array.isArray(read) ? (read as readonly unknown[]) : undefined;
  } catch {
    return undefined;
  }
}
