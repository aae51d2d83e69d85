/** Looks at the disk that a power failure left: first with SQL only, then by starting the product on it. */
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { appendedValue } from '../../checkers/appends.js';
import { drain } from '../drain.js';
import { readHistory } from '../history.js';
import { startHost } from '../host.js';
import {
  contentProblems,
  inputOf,
  outcomeProblems,
  readStates,
  rowProblems,
  type Histories,
  type Letter,
} from '../inspection.js';
import { Sender } from '../sender.js';
import { ChaosStorage } from '../storage.js';
import { listTarget } from '../workload.js';

/** The beginnings of the ids of all lists. */
const listIds = ['@list@', '@novelty@'];

/** One image, in a folder of its own. */
export interface ImageTask {
  readonly folder: string;
  /** In that folder, for the database's files. */
  readonly disk: string;
  /** The histories of the clients, in that folder. */
  readonly histories: readonly string[];
  readonly leaseMs: number;
  readonly stallLimitMs: number;
  readonly seed: number;
}

/** Resolves with what is wrong. */
export async function imageProblems(task: ImageTask): Promise<string[]> {
  const disk = join(task.folder, task.disk);
  const copy = `${disk}-copy`;
  // SQLite repairs what it opens: the host shall find the disk as it was.
  await cp(disk, copy, { recursive: true });
  const problems = await storedProblems(new ChaosStorage(copy), historiesOf(task));
  const started = await startedProblems(task, new ChaosStorage(disk));
  return [...problems, ...started.map((problem) => `${problem}, with a host that was started`)];
}

function historiesOf({ folder, histories }: ImageTask): Histories {
  return new Map(histories.map((file) => [basename(file, '.jsonl'), readHistory(join(folder, file)).entries]));
}

/** Before anybody has repaired or repeated anything: the file is whole, and every acknowledgement is in it. */
async function storedProblems(storage: ChaosStorage, histories: Histories): Promise<string[]> {
  try {
    if (!(await storage.hasTables())) return nothingProblems(histories);
    const integrity = await storage.value('PRAGMA integrity_check');
    if (integrity !== 'ok') return [`the file is damaged: ${String(integrity)}`];
    return [
      ...(await appendProblems(storage, histories)),
      ...(await outcomeProblems(storage, histories)).map((problem) => `lost: ${problem}`),
    ];
  } catch (error) {
    return [`the file is damaged: ${(error as Error).message}`];
  }
}

/** Without tables nothing can have been acknowledged. */
function nothingProblems(histories: Histories): string[] {
  return [...histories].flatMap(([client, entries]) =>
    entries.filter(({ done }) => done !== undefined).map(({ number }) => `lost: ${client}:${number} was acknowledged`),
  );
}

/** Every acknowledged value is in its list once, or in a message that waits for it: that may be there beside a repeat of itself. */
async function appendProblems(storage: ChaosStorage, histories: Histories): Promise<string[]> {
  const problems: string[] = [];
  const present = new Set<string>();
  for (const [id, state] of await readStates(storage)) {
    if (!listIds.some((begin) => id.startsWith(begin))) continue;
    for (const value of state as string[]) {
      const place = placeOf(id, value);
      if (present.has(place)) problems.push(`doubled: ${place}`);
      present.add(place);
    }
  }
  const isForList = listIds.map((begin) => `target LIKE '${begin}%'`).join(' OR ');
  const waiting = await storage.query<Letter>(`SELECT target, body FROM de_inbox WHERE ${isForList}`);
  for (const { target, body } of waiting) present.add(placeOf(target, inputOf(body)));
  for (const [sender, entries] of histories)
    for (const { number, act, done } of entries) {
      if (act.kind !== 'append' || done === undefined) continue;
      const place = placeOf(listTarget(act.list).toString(), appendedValue({ sender, number }));
      if (!present.has(place)) problems.push(`lost: ${place} was acknowledged`);
    }
  return problems;
}

function placeOf(target: string, value: string): string {
  return `${value} in ${target}`;
}

/** A real host starts, and its clients bring everything to its end. */
async function startedProblems(task: ImageTask, storage: ChaosStorage): Promise<string[]> {
  const problems: string[] = [];
  const onSurprise = (what: string) => void problems.push(what);
  try {
    const host = await startHost({ ...task, storage: storage.option });
    const senders = task.histories.map((file, index) => {
      const name = basename(file, '.jsonl');
      const historyPath = join(task.folder, file);
      return new Sender(host.client, {
        name,
        historyPath,
        seed: task.seed + index,
        onAck() {},
        onPassing() {},
        onSurprise,
      });
    });
    try {
      await drain(host.client, senders, { mayGoOn: () => true, setAside: true });
      await storage.untilValue('no message waits', 'SELECT count(*) FROM de_inbox', 0);
    } finally {
      await host.stop();
      for (const { history } of senders) history.close();
    }
    return [
      ...problems,
      ...(await rowProblems(storage)),
      // Another host than the one before: no order is promised between what was sent through the one and through the other.
      ...(await contentProblems(storage, historiesOf(task), [], true)),
    ];
  } catch (error) {
    const { name, message } = error as Error;
    return [...problems, `${name}: ${message}`];
  }
}
