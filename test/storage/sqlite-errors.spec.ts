import { assert } from 'chai';
import { LeaseLostError, StorageError, UnknownOutcomeError } from '../../src/errors/index.js';
import { StoreBrokenError, StoreBusyError, StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { commitError, sqliteError, transactionError } from '../../src/storage/typeorm/sqlite/sqlite-errors.js';

/** An error as node-sqlite3 makes it. */
function thrown(code: string, errno: number, text = 'what SQLite says'): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code, errno });
}

const batch = { incarnation: 3, seq: 8 } as CommitBatch;

describe('an error of SQLite at a commit', () => {
  it('of the fence is a lost lease', () => {
    const error = commitError(batch, thrown('SQLITE_CONSTRAINT', 19, 'de:fence'));
    assert.instanceOf(error, LeaseLostError);
    assert.include(error, { incarnation: 3, heldSeq: 8 });
  });

  it('that is transient is busy', () => {
    assert.instanceOf(commitError(batch, thrown('SQLITE_BUSY', 5)), StoreBusyError);
    assert.instanceOf(commitError(batch, thrown('SQLITE_LOCKED', 6)), StoreBusyError);
    assert.instanceOf(commitError(batch, thrown('SQLITE_BUSY', 517)), StoreBusyError, 'extended codes too');
  });

  it('about the batch itself is refused, with what SQLite says as the cause', () => {
    for (const cause of [
      thrown('SQLITE_CONSTRAINT', 19, 'NOT NULL constraint failed: de_instance.name'),
      thrown('SQLITE_TOOBIG', 18, 'string or blob too big'),
      thrown('SQLITE_ERROR', 1, 'malformed JSON'),
    ]) {
      const error = commitError(batch, cause);
      assert.instanceOf(error, StoreRefusedError);
      assert.include(error.message, cause.message);
      assert.equal(error.cause, cause);
    }
  });

  it('about the file is a storage error that says what to do, and no outcome is in doubt', () => {
    const full = commitError(batch, thrown('SQLITE_FULL', 13, 'database or disk is full'));
    assert.instanceOf(full, StorageError);
    assert.include(full, { code: 'DE_STORAGE' });
    assert.include(full.hint, 'free some space');
    const readonly = commitError(batch, thrown('SQLITE_READONLY', 8));
    assert.include(readonly.hint, 'write to the file');
  });

  it('that comes from the disk is the end of this process with the database, whatever part of the disk it is', () => {
    for (const errno of [10, 1034, 778, 1290]) {
      assert.instanceOf(commitError(batch, thrown('SQLITE_IOERR', errno)), StoreBrokenError);
    }
  });

  it('of the disk, or of an unknown kind, leaves the outcome unknown', () => {
    for (const cause of [thrown('SQLITE_NOMEM', 7), thrown('SQLITE_X', 99), new Error('?')])
      assert.instanceOf(commitError(batch, cause), UnknownOutcomeError);
  });

  it('of the disk is the end of this process with the database in every transaction, but not where something is only read', () => {
    const cause = thrown('SQLITE_IOERR', 1034);
    assert.instanceOf(transactionError('retiring a worker', cause), StoreBrokenError);
    assert.instanceOf(transactionError('joining', thrown('SQLITE_BUSY', 5)), StoreBusyError);
    assert.notInstanceOf(sqliteError('reading', cause), StoreBrokenError);
    assert.include(sqliteError('reading', cause), { code: 'DE_STORAGE' });
  });

  it('is found inside the error that TypeORM wraps around it', () => {
    const wrapped = Object.assign(new Error('QueryFailedError'), { driverError: thrown('SQLITE_BUSY', 5) });
    assert.instanceOf(sqliteError('joining', wrapped), StoreBusyError);
  });
});
