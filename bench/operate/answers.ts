/** Answers of the own API while the bank works: the time of each kind of request. */
import { performance } from 'node:perf_hooks';
import { endedCount, entityCount, keyOf, openCount } from '../../test/dashboard/bank.js';
import { percentile } from '../figure.js';
import type { BankProcess } from './bank-process.js';
import { shown, type Measured } from './budget.js';

const spread = (index: number, count: number) => (index * 7919) % count;
const open = (index: number) => `t-${String(spread(index, openCount)).padStart(3, '0')}`;
const ended = (index: number) => `e-${String(spread(index, endedCount)).padStart(5, '0')}`;
const entity = (index: number) => `entities/account/${keyOf(spread(index, entityCount))}`;
/** An account that a waiting transfer has locked. */
const locked = (index: number) => `entities/account/${keyOf(spread(index, openCount))}`;

interface Kind {
  readonly what: string;
  readonly path: (index: number) => string;
  readonly budgetMs?: number;
}

const listMs = 50;
const explainMs = 200;

const kinds: readonly Kind[] = [
  { what: 'list of entities', path: () => 'entities?limit=100', budgetMs: listMs },
  {
    what: 'entities by the beginning of the key',
    path: (i) => `entities?name=account&keyPrefix=a-0${i % 10}&limit=100`,
    budgetMs: listMs,
  },
  { what: 'list of orchestrations, newest first', path: () => 'runs?order=desc&limit=100', budgetMs: listMs },
  { what: 'orchestrations by status', path: () => 'runs?status=failed&limit=100', budgetMs: listMs },
  { what: 'dead letters', path: () => 'dead-letters', budgetMs: listMs },
  { what: 'workers', path: () => 'workers', budgetMs: listMs },
  { what: 'partitions', path: () => 'partitions', budgetMs: listMs },
  { what: 'overview', path: () => 'overview', budgetMs: listMs },
  { what: 'statistics', path: () => 'stats', budgetMs: listMs },
  { what: 'an entity', path: entity, budgetMs: listMs },
  { what: 'messages of an entity', path: (i) => `${locked(i)}/messages`, budgetMs: listMs },
  { what: 'an orchestration', path: (i) => `runs/${open(i)}`, budgetMs: listMs },
  { what: 'history of an orchestration', path: (i) => `runs/${ended(i)}/history`, budgetMs: listMs },
  { what: 'timeline of an orchestration', path: (i) => `runs/${open(i)}/timeline`, budgetMs: listMs },
  { what: 'explanation of an orchestration', path: (i) => `runs/${open(i)}/explain`, budgetMs: explainMs },
  { what: 'explanation of an entity', path: (i) => `${locked(i)}/explain`, budgetMs: explainMs },
  { what: 'locks', path: () => 'locks', budgetMs: explainMs },
  { what: 'metrics as text', path: () => 'metrics' },
];

/**
 * Asks for each kind in turn, so that all see the same load.
 * @param where stands in the name of each figure
 */
export async function measureAnswers(bank: BankProcess, rounds: number, where = ''): Promise<Measured[]> {
  const times = kinds.map((): number[] => []);
  await bank.load(true);
  for (let round = -5; round < rounds; round += 1) {
    for (const [at, { path }] of kinds.entries()) {
      const begunMs = performance.now();
      const response = await fetch(`${bank.url}/api/v1/${path(round + 5)}`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path(round + 5)} answered ${response.status}.`);
      if (round >= 0) times[at]?.push(performance.now() - begunMs);
    }
  }
  await bank.load(false);
  return kinds.map(({ what, budgetMs }, at) => {
    const own = times[at] ?? [];
    const p = (share: number) => shown(percentile(own, share), 'ms');
    return {
      what: `answer${where}: ${what}, p95`,
      unit: 'ms',
      value: percentile(own, 0.95),
      ...(budgetMs !== undefined && { budget: budgetMs }),
      note: `p50 ${p(0.5)}, p99 ${p(0.99)}`,
    };
  });
}
