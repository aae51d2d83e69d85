/** Errors for stored data that cannot be read, because a newer version wrote the data or the database is damaged. */
import { StorageError } from '../errors/host-errors.js';
import { quoted } from '../errors/text.js';

export function unreadable(what: string, cause?: unknown): StorageError {
  return new StorageError(
    `The stored data of ${what} cannot be read.`,
    'A newer version of this package wrote it, or the database is damaged.',
    cause,
  );
}

/** The result of `read`, which decodes the stored data of an orchestration. @throws StorageError if `read` throws */
export function readingRun<T>(instanceId: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof StorageError ? error : unreadable(`orchestration ${quoted(instanceId)}`, error);
  }
}
