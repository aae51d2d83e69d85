/**
 * Banks of the dashboard's tests in a process of their own, with work on demand: `bank MODE [STORAGE]`, and then messages. A mode names the banks that
 * are compared. They stand in one process, so that they share its compiled code, its memory and its luck: `plain` has one bank, `statistics`
 * a second one with an inspector that counts, and `tracing` three with callers: without a tracer, and with spans for one or all of a hundred.
 * STORAGE is a schema on a PostgreSQL server, as JSON.
 */
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { defineOrchestration, EntityId, type PostgresStorage } from '../../src/index.js';
import { durableTracer } from '../../src/telemetry/index.js';
import { Bank, entityCount, keyOf } from '../../test/dashboard/bank.js';
import { Contexts } from '../../test/telemetry/spans.js';
import { startMeter } from '../measure.js';
import { report } from './child.js';
import { sidesOf, type BankMode, type Side } from './sides.js';

/** An order to the process. Each is answered by a report. */
export type BankOrder =
  | { readonly do: 'work'; readonly side: Side; readonly signals: number; readonly payments: number }
  | { readonly do: 'load'; readonly on: boolean }
  | { readonly do: 'count' }
  | { readonly do: 'heap' }
  | { readonly do: 'end' };

const mode = process.argv[2] as BankMode;
const storage = process.argv[3] === undefined ? undefined : (JSON.parse(process.argv[3]) as PostgresStorage);
const hasCallers = mode === 'tracing';
/** The first accounts are locked by transfers that wait. */
const firstFree = entityCount / 2;

const payment = defineOrchestration('Payment', async (run, { from, to }: { from: string; to: string }) => {
  using _section = await run.lock(new EntityId('account', from), new EntityId('account', to));
  await run.callEntity(new EntityId('account', from), 'deposit', -1);
  await run.callEntity(new EntityId('account', to), 'deposit', 1);
});

/** Takes spans and forgets them: an exporter is a part of the application. */
const forgetful: SpanProcessor = {
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
const provider = new BasicTracerProvider({ spanProcessors: [forgetful] });
if (hasCallers) context.setGlobalContextManager(new Contexts().enable());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

const banks = new Map<Side, Bank>();
for (const side of sidesOf[mode]) {
  const tracer = side.startsWith('tracing-') ? durableTracer({ tracerProvider: provider }) : undefined;
  const given = { ...(tracer !== undefined && { tracer }), ...(storage !== undefined && { storage }) };
  banks.set(side, await Bank.open({ writes: true, register: [payment], ...given }));
}

let sent = 0;

/** Runs the request of a caller. Callers are sampled in the share of the side, whether or not the host has a tracer. */
function asCaller<T>(side: Side, request: () => Promise<T>): Promise<T> {
  if (!hasCallers) return request();
  const number = ++sent;
  const isSampled = side === 'tracing-100' || number % 100 === 0;
  const spanContext = {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: number.toString(16).padStart(16, '0'),
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  };
  return context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), request);
}

const free = (index: number) => keyOf(firstFree + (index % (entityCount - firstFree)));
const accountAt = (index: number) => new EntityId('account', free(index));

async function pay(side: Side, { host: { client } }: Bank, index: number): Promise<unknown> {
  const input = { from: free(index * 13), to: free(index * 13 + 7) };
  return asCaller(side, async () => (await client.startNew(payment, { input })).result());
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
async function work(side: Side, signals: number, payments: number): Promise<Record<string, number>> {
  const bank = banks.get(side) as Bank;
  const { client } = bank.host;
  // The garbage of the round before would be collected in this one.
  collectGarbage({ type: 'minor' });
  const meter = startMeter();
  const signal = (index: number) => asCaller(side, () => client.signalEntity(accountAt(index % 100), 'deposit', 1));
  await Promise.all([eachOf(signals, 1_000, signal), eachOf(payments, 64, (index) => pay(side, bank, index))]);
  await eachOf(100, 100, (index) => client.callEntity(accountAt(index), 'balance'));
  const { cpuUs, elapsedMs } = meter();
  return { cpuUs, elapsedMs };
}

let timer: NodeJS.Timeout | undefined;
let running = 0;

/** A steady load of the first bank: about 1,000 calls and 20 payments a second, and no more in flight than 200. */
function load(on: boolean): void {
  clearInterval(timer);
  if (!on) return;
  const [side] = sidesOf[mode];
  const bank = banks.get(side) as Bank;
  let ticks = 0;
  const begin = (request: Promise<unknown>) => {
    running += 1;
    void request.finally(() => (running -= 1));
  };
  timer = setInterval(() => {
    ticks += 1;
    if (ticks % 5 === 0 && running < 200) begin(pay(side, bank, ticks));
    for (let call = 0; call < 10 && running < 200; call += 1)
      begin(bank.host.client.callEntity(accountAt((ticks * 10 + call) * 7919), 'deposit', 1));
  }, 10);
}

async function obey(order: BankOrder): Promise<void> {
  if (order.do === 'work') report(await work(order.side, order.signals, order.payments));
  else if (order.do === 'load') {
    load(order.on);
    report({});
  } else if (order.do === 'count') {
    await banks.get('statistics')?.host.inspector.statistics();
    report({});
  } else if (order.do === 'heap') {
    collectGarbage();
    report({ heapBytes: process.memoryUsage().heapUsed });
  } else {
    load(false);
    for (const bank of banks.values()) await bank.close();
    await provider.shutdown();
    process.disconnect();
  }
}

process.on('message', (order: BankOrder) => void obey(order));
report({ port: (banks.get(sidesOf[mode][0]) as Bank).server.port });
