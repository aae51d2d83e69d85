/**
 * Files of task hubs with tables and nothing else. Tables are made once in each run of the tests, and copied: making them takes 30 ms of
 * CPU, which is longer than most tests. Tests whose subject is the first start on a file do not use this.
 */
import { rmSync } from 'node:fs';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '../../src/storage/typeorm/index.js';

/** By number of partitions. */
const made = new Map<number, Promise<string>>();

/** Makes a file with the tables of a task hub that nobody has used. */
export async function copyEmptyHub(file: string, partitionCount = 64): Promise<void> {
  const hub = made.get(partitionCount) ?? makeHub(partitionCount);
  made.set(partitionCount, hub);
  await copyFile(await hub, file);
}

async function makeHub(partitionCount: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'durable-entities-empty-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'hub.db');
  const store = sqliteStore(file, { partitionCount });
  await store.open();
  await store.close();
  return file;
}
