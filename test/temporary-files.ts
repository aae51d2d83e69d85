/**
 * Temporary files of the tests are in memory where the machine has room for that, as on most Linux. Syncs of a disk are the subject of
 * `npm run chaos`, not of these tests. `TMPDIR` chooses another folder.
 */
import { statfsSync } from 'node:fs';

const inMemory = '/dev/shm';
const neededBytes = 1024 ** 3;

if (process.env['TMPDIR'] === undefined && hasRoom()) process.env['TMPDIR'] = inMemory;

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= neededBytes;
  } catch {
    return false;
  }
}
