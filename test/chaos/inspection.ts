/** Checks of the database of a story when everything in it has ended. */
import { transferMoney } from '../../samples/bank/transfer-money.js';
import { appendedValue, appendProblems, sentUpTo, type Fate, type Sent } from '../checkers/appends.js';
import { moneyProblems, type MoneyMoved } from '../checkers/money.js';
import { isOpen, type Entry } from './history.js';
import { setAside } from './sender.js';
import type { StoryStorage } from './storage.js';
import {
  accounts,
  lists,
  listTarget,
  novelty,
  openingBalance,
  repeaterLists,
  repeaters,
  spoiltList,
} from './workload.js';

/** The acts of each client, by its name. */
export type Histories = ReadonlyMap<string, readonly Entry[]>;

/** A message that was set aside, and sent again when the story ended. */
export interface Letter {
  readonly target: string;
  readonly body: string;
}

/** Dead letters so far. Every process may have ended before there was a table, or a file. */
export async function setAsideSoFar(storage: StoryStorage): Promise<readonly Letter[]> {
  return (await storage.hasTables()) ? storage.query<Letter>('SELECT target, body FROM de_dead_letter') : [];
}

/** Nothing waits, nothing is locked, nobody is alive, the file is whole. */
export async function rowProblems(storage: StoryStorage): Promise<string[]> {
  const damage = await storage.damage();
  const problems = damage === undefined ? [] : [damage];
  const expect = async (what: string, sql: string, wanted: unknown): Promise<void> => {
    const value = await storage.value(sql);
    if (value !== wanted) problems.push(`${what}: ${String(value)} (${sql})`);
  };
  await expect('messages left', 'SELECT count(*) FROM de_inbox', 0);
  await expect('dead letters left', 'SELECT count(*) FROM de_dead_letter', 0);
  await expect('locks left', 'SELECT count(*) FROM de_instance WHERE meta IS NOT NULL', 0);
  await expect('workers alive', `SELECT count(*) FROM de_worker WHERE alive = 1 AND kind = 'worker'`, 0);
  await expect('partitions that are owned', 'SELECT count(*) FROM de_partition WHERE owner <> 0', 0);
  await expect(
    'runs that have not ended',
    `SELECT count(*) FROM de_instance WHERE kind = 'orchestration' AND status NOT IN ('completed', 'failed')`,
    0,
  );
  await expect(
    'executions beside the one of each run',
    'SELECT count(*) FROM (SELECT DISTINCT instance, execution FROM de_history) ' +
      `AS e WHERE (instance, execution) NOT IN (SELECT id, ${storage.field('state', 'execution')} FROM de_instance WHERE kind = 'orchestration')`,
    0,
  );
  return problems;
}

/**
 * Nothing acknowledged is lost, nothing is doubled, every order and every answer holds, no money came or went.
 * @param several whether several hosts served: a client that changed its process has sent through two hosts, so no order is promised
 */
export async function contentProblems(
  storage: StoryStorage,
  histories: Histories,
  letters: readonly Letter[],
  several: boolean,
): Promise<string[]> {
  const stored = { states: await readStates(storage), outcomes: await readOutcomes(storage) };
  return storedProblems(stored, histories, { letters, several });
}

/** Contents of a task hub after all work has ended, read with plain SQL and without the library. */
export interface Stored {
  /** The states of entities, by their ids. */
  readonly states: ReadonlyMap<string, unknown>;
  /** The results of transfers, by their instance ids. */
  readonly outcomes: ReadonlyMap<string, unknown>;
}

export function storedProblems(
  { states, outcomes }: Stored,
  histories: Histories,
  told: { readonly letters: readonly Letter[]; readonly several: boolean },
): string[] {
  return [
    ...openProblems(histories),
    ...listProblems(states, histories, told),
    ...bankProblems(states, histories),
    ...toldOutcomeProblems(outcomes, histories),
  ];
}

/** State by entity id, read without the library's help. */
export async function readStates(storage: StoryStorage): Promise<ReadonlyMap<string, unknown>> {
  const rows = await storage.query<{ id: string; state: string }>(
    `SELECT id, state FROM de_instance WHERE kind = 'entity' AND state IS NOT NULL`,
  );
  return new Map(rows.map(({ id, state }) => [id, JSON.parse(state) as unknown]));
}

function openProblems(histories: Histories): string[] {
  return [...histories].flatMap(([client, entries]) =>
    entries.filter(isOpen).map(({ number }) => `${client}:${number} has not come to an end`),
  );
}

function listProblems(
  states: ReadonlyMap<string, unknown>,
  histories: Histories,
  { letters, several }: { readonly letters: readonly Letter[]; readonly several: boolean },
): string[] {
  const sent = new Map<string, Sent[]>([...lists, spoiltList, novelty].map((list) => [list, []]));
  const again = new Set(letters.map(({ body }) => inputOf(body)));
  let repeats = 0;
  for (const [sender, entries] of histories) {
    for (const { number, act, done, failed, life } of entries) {
      if (act.kind === 'repeat') repeats++;
      if (act.kind !== 'append' && act.kind !== 'tour') continue;
      const fate = fateOf(done !== undefined, failed?.code);
      const ordered = act.kind === 'append' && act.ordered && !again.has(appendedValue({ sender, number }));
      const isAnswered = act.kind === 'tour' || act.way === 'call';
      const place = isAnswered ? (done?.value as number | undefined) : undefined;
      sent.get(act.list)?.push({ sender, number, fate, ordered, place, path: several ? life : undefined });
    }
  }
  const problems: string[] = [];
  for (const sender of repeaters) {
    const count = (states.get(`@repeater@${sender}`) as number | undefined) ?? 0;
    repeats -= count;
    for (const list of repeaterLists)
      for (const each of sentUpTo(count, sender))
        sent.get(list)?.push({ ...each, ordered: !again.has(appendedValue(each)) });
  }
  if (repeats !== 0) problems.push(`repeaters counted ${-repeats} more than they were asked to`);
  for (const [list, all] of sent)
    for (const { what } of appendProblems(
      list,
      all,
      (states.get(listTarget(list).toString()) as string[] | undefined) ?? [],
    ))
      problems.push(what);
  return problems;
}

/** The input of a message, as text. */
export function inputOf(body: string): string {
  return String(JSON.parse((JSON.parse(body) as { input?: string }).input ?? '""'));
}

function fateOf(done: boolean, failed: string | undefined): Fate {
  if (done) return 'acknowledged';
  return failed === 'DE_BACKPRESSURE' ? 'refused' : 'unknown';
}

function bankProblems(states: ReadonlyMap<string, unknown>, histories: Histories): string[] {
  const opening = new Map(accounts.map((account) => [account as string, openingBalance]));
  const balances = new Map(
    accounts.map((account) => [
      account as string,
      (states.get(`@account@${account}`) as { balance: number } | undefined)?.balance ?? openingBalance,
    ]),
  );
  const moved: MoneyMoved[] = [];
  let isVague = false;
  for (const [client, entries] of histories) {
    for (const { number, act, done, failed } of entries) {
      if (act.kind !== 'transfer') continue;
      if (failed?.code === setAside) isVague = true;
      moved.push({ id: `${client}-${number}`, ...act, done: done?.value === 'done' });
    }
  }
  // A transfer of which a part was set aside and done later has no outcome of its own; the sum must hold even so.
  return moneyProblems(opening, moved, balances).filter((problem) => !isVague || problem.startsWith('money:'));
}

/** The stored result of each transfer is the one that its client received. */
export async function outcomeProblems(storage: StoryStorage, histories: Histories): Promise<string[]> {
  return toldOutcomeProblems(await readOutcomes(storage), histories);
}

async function readOutcomes(storage: StoryStorage): Promise<ReadonlyMap<string, unknown>> {
  const rows = await storage.query<{ id: string; output: string | null }>(
    `SELECT id, ${storage.field('state', 'output')} AS output FROM de_instance WHERE name = '${transferMoney.name}'`,
  );
  return new Map(rows.map(({ id, output }) => [id, output === null ? undefined : (JSON.parse(output) as unknown)]));
}

function toldOutcomeProblems(outcomes: ReadonlyMap<string, unknown>, histories: Histories): string[] {
  const problems: string[] = [];
  for (const [client, entries] of histories) {
    for (const { number, act, done } of entries) {
      if (act.kind !== 'transfer' || done === undefined) continue;
      const output = outcomes.get(`${client}-${number}`);
      if (output !== done.value)
        problems.push(`${client}-${number}: ${String(done.value)} was told, ${String(output)} is stored`);
    }
  }
  return problems;
}
