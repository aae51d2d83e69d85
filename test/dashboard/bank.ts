/** A bank with 10,000 entities, 5,000 orchestrations that have ended, and 200 in progress, served with the dashboard. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fill, type Entry } from '../../bench/growth/prepared.js';
import { defineEntity, defineOrchestration, DurableHost, EntityId } from '../../src/index.js';
import { serve, type DurableServer, type ServeOptions } from '../../src/http/index.js';
import type { HubTracer } from '../../src/hub/tracer.js';
import { encodeError } from '../../src/model/error-details.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import type { Logger, PostgresStorage } from '../../src/index.js';

export const entityCount = 10_000;
export const endedCount = 5_000;
export const openCount = 200;
export const letterCount = 3;

const day = 86_400_000;
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface AccountState {
  readonly owner: string;
  readonly cents: number;
}

interface Payment {
  readonly from: string;
  readonly to: string;
  readonly cents: number;
}

export const account = defineEntity('account', { effects: 'none' }, (context) => {
  const { owner, cents } = context.getState<AccountState>(() => ({ owner: '', cents: 0 }));
  if (context.operationName === 'deposit') context.setState({ owner, cents: cents + context.getInput<number>() });
  else if (context.operationName === 'keep') context.setState(context.getInput());
  else if (context.operationName !== 'balance') context.unknownOperation();
  context.return(cents);
});

/** Moves money after somebody has approved it. It holds both accounts while it waits. */
export const transfer = defineOrchestration('Transfer', async (context, { from, to, cents }: Payment) => {
  using _section = await context.lock(new EntityId('account', from), new EntityId('account', to));
  await context.waitForExternalEvent('approved');
  await context.callEntity(new EntityId('account', from), 'deposit', -cents);
  await context.callEntity(new EntityId('account', to), 'deposit', cents);
  return 'done';
});

/** Runs a transfer as its sub-orchestration. */
export const order = defineOrchestration('Order', async (context, input: Payment) => {
  context.setCustomStatus({ step: 'pays' });
  return context.callSubOrchestration(transfer, input, { instanceId: `${context.instanceId}-pays` });
});

export function accountEntry(index: number, partitions: number, beganMs: number): Entry {
  const key = keyOf(index);
  const id = `@account@${key}`;
  return {
    instance: {
      op: 'put',
      id,
      kind: 'entity',
      name: 'account',
      key,
      partition: partitionOf(id, partitions),
      version: 1,
      state: JSON.stringify({ owner: `Owner ${index}`, cents: (index * 7919) % 100_000 }),
      meta: null,
      status: null,
      createdAtMs: beganMs - day,
      updatedAtMs: beganMs - (index % 600) * 1_000,
      endedAtMs: null,
      endedActiveMs: null,
      parent: null,
    },
  };
}

export function keyOf(index: number): string {
  return `a-${String(index).padStart(5, '0')}`;
}

/** One in a hundred has failed. */
export function endedEntry(index: number, partitions: number, beganMs: number): Entry {
  const id = `e-${String(index).padStart(5, '0')}`;
  const status = index % 100 === 50 ? 'failed' : 'completed';
  const input = JSON.stringify({ from: keyOf(index), to: keyOf(index + 1), cents: 100 });
  const at = beganMs - (endedCount - index) * 1_000;
  const record = {
    name: 'Transfer',
    execution: '1-1',
    status,
    input,
    ...(status === 'failed' ? { error: encodeError(new Error('The card was declined')) } : { output: '"done"' }),
    chunks: 1,
  };
  return {
    instance: {
      op: 'put',
      id,
      kind: 'orchestration',
      name: record.name,
      key: '',
      partition: partitionOf(id, partitions),
      version: 1,
      state: JSON.stringify(record),
      meta: null,
      status,
      createdAtMs: at - 800,
      updatedAtMs: at,
      endedAtMs: at,
      endedActiveMs: 1,
      parent: null,
    },
    history: {
      instance: id,
      execution: record.execution,
      chunk: 0,
      events: JSON.stringify([{ h: 'fed', at: at - 800, event: { kind: 'started', input } }]),
    },
  };
}

/** A message that ended its process three times. */
function deadLetter(index: number, beganMs: number): Entry {
  const body = JSON.stringify({ kind: 'operation', operation: 'deposit', input: String(index) });
  const reason = 'The process ended in each of its attempts.';
  const atMs = beganMs - (letterCount - index) * 60_000;
  return {
    deadLetter: { id: index + 1, target: `@account@${keyOf(index)}`, body, attempts: 3, reason, atMs, activeMs: 1 },
  };
}

export interface BankOptions extends Partial<Omit<ServeOptions, 'client'>> {
  /** A smaller bank. */
  readonly isSmall?: boolean;
  /** Further code. */
  readonly register?: readonly unknown[];
  readonly tracer?: HubTracer;
  /** A schema of its own on a server. Default: a SQLite file */
  readonly storage?: PostgresStorage;
}

/** A running bank. */
export class Bank {
  private constructor(
    private readonly folder: string,
    readonly host: DurableHost,
    readonly server: DurableServer,
  ) {}

  static async open({ isSmall = false, register = [], tracer, storage, ...options }: BankOptions = {}): Promise<Bank> {
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    const file = join(folder, 'bank.db');
    const beganMs = Date.now();
    if (!isSmall) {
      await fill(
        storage === undefined ? file : postgresStore(storage),
        entityCount + endedCount + letterCount,
        (index, partitions) => {
          if (index < entityCount) return accountEntry(index, partitions, beganMs);
          if (index < entityCount + endedCount) return endedEntry(index - entityCount, partitions, beganMs);
          return deadLetter(index - entityCount - endedCount, beganMs);
        },
      );
    }
    const host = await startBank(storage ?? file, register, tracer);
    await beginTransfers(host, isSmall ? 4 : openCount);
    const server = await serve({
      client: host.client,
      status: () => host.status(),
      port: 0,
      logger: silent,
      ...options,
    });
    return new Bank(folder, host, server);
  }

  get url(): string {
    return this.server.url;
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function startBank(
  storage: string | PostgresStorage,
  register: readonly unknown[] = [],
  tracer?: HubTracer,
): Promise<DurableHost> {
  return DurableHost.start({
    storage,
    register: [account, transfer, order, ...register],
    logger: silent,
    tracer,
  });
}

/** Begins transfers that wait: for an approval, or, each fourth, for an account that another one holds. */
async function beginTransfers({ client }: DurableHost, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const isBehind = index % 4 === 3;
    const from = keyOf(isBehind ? (index - 1) * 2 : index * 2);
    const input = { from, to: keyOf(index * 2 + 1), cents: 500 };
    const definition = index % 10 === 0 ? order : transfer;
    await client.startNew(definition, { instanceId: `t-${String(index).padStart(3, '0')}`, input });
  }
  const last = `t-${String(count - 1).padStart(3, '0')}`;
  await client.run(transfer, last).waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
}
