/**
 * A bank of the dashboard's tests in a process of its own, with work on demand: `bank [STORAGE]`, and then messages. STORAGE is a schema on a
 * PostgreSQL server, as JSON.
 */
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineOrchestration, EntityId, type PostgresStorage } from '../../src/index.js';
import { Bank, entityCount, keyOf } from '../../test/dashboard/bank.js';
import { startMeter } from '../measure.js';
import { report } from './child.js';

/** An order to the process. Each is answered by a report. */
export type BankOrder =
  | { readonly do: 'work'; readonly signals: number; readonly payments: number }
  | { readonly do: 'load'; readonly on: boolean }
  | { readonly do: 'end' };

const storage = process.argv[2] === undefined ? undefined : (JSON.parse(process.argv[2]) as PostgresStorage);
/** The first accounts are locked by transfers that wait. */
const firstFree = entityCount / 2;

const payment = defineOrchestration('Payment', async (run, { from, to }: { from: string; to: string }) => {
  using _section = await run.lock(new EntityId('account', from), new EntityId('account', to));
  await run.callEntity(new EntityId('account', from), 'deposit', -1);
  await run.callEntity(new EntityId('account', to), 'deposit', 1);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

const bank = await Bank.open({ writes: true, register: [payment], ...(storage !== undefined && { storage }) });
const { client } = bank.host;

const free = (index: number) => keyOf(firstFree + (index % (entityCount - firstFree)));
const accountAt = (index: number) => new EntityId('account', free(index));

async function pay(index: number): Promise<unknown> {
  const input = { from: free(index * 13), to: free(index * 13 + 7) };
  return (await client.startNew(payment, { input })).result();
}

async function eachOf(count: number, inFlight: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) await one(next++);
    }),
  );
}

/** A fixed amount of work: signals to a hundred accounts, and payments beside them. */
async function work(signals: number, payments: number): Promise<Record<string, number>> {
  // The garbage of the round before would be collected in this one.
  collectGarbage({ type: 'minor' });
  const meter = startMeter();
  const signal = (index: number) => client.signalEntity(accountAt(index % 100), 'deposit', 1);
  await Promise.all([eachOf(signals, 1_000, signal), eachOf(payments, 64, pay)]);
  await eachOf(100, 100, (index) => client.callEntity(accountAt(index), 'balance'));
  const { cpuUs, elapsedMs } = meter();
  return { cpuUs, elapsedMs };
}

let timer: NodeJS.Timeout | undefined;
let running = 0;

/** A steady load: about 1,000 calls and 20 payments a second, and no more in flight than 200. */
function load(on: boolean): void {
  clearInterval(timer);
  if (!on) return;
  let ticks = 0;
  const begin = (request: Promise<unknown>) => {
    running += 1;
    void request.finally(() => (running -= 1));
  };
  timer = setInterval(() => {
    ticks += 1;
    if (ticks % 5 === 0 && running < 200) begin(pay(ticks));
    for (let call = 0; call < 10 && running < 200; call += 1)
      begin(client.callEntity(accountAt((ticks * 10 + call) * 7919), 'deposit', 1));
  }, 10);
}

async function obey(order: BankOrder): Promise<void> {
  if (order.do === 'work') report(await work(order.signals, order.payments));
  else if (order.do === 'load') {
    load(order.on);
    report({});
  } else {
    load(false);
    await bank.close();
    process.disconnect();
  }
}

process.on('message', (order: BankOrder) => void obey(order));
report({ port: bank.server.port });
