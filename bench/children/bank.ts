/**
 * Bank of the dashboard's tests in a process of its own, with work on demand: `bank MODE`, and then messages. The modes: `plain`, `statistics`
 * (an inspector counts), `tracing-1` and `tracing-100` (callers with spans in so many of a hundred cases), `untraced` (the same callers
 * without a tracer).
 */
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { defineOrchestration, EntityId } from '../../src/index.js';
import { durableTracer } from '../../src/telemetry/index.js';
import { Bank, entityCount, keyOf } from '../../test/dashboard/bank.js';
import { Contexts } from '../../test/telemetry/spans.js';
import { startMeter } from '../measure.js';
import { report } from './child.js';

/** An order to the process. Each is answered by a report. */
export type BankOrder =
  | { readonly do: 'work'; readonly signals: number; readonly payments: number }
  | { readonly do: 'load'; readonly on: boolean }
  | { readonly do: 'end' };

const mode = process.argv[2] ?? 'plain';
const tracedShare = mode === 'tracing-100' ? 1 : 0.01;
const isTraced = mode.startsWith('tracing-');
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
const hasCallers = isTraced || mode === 'untraced';
if (hasCallers) context.setGlobalContextManager(new Contexts().enable());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const bank = await Bank.open({
  writes: true,
  register: [payment],
  ...(isTraced && { tracer: durableTracer({ tracerProvider: provider }) }),
});
const { client } = bank.host;
if (mode === 'statistics') await bank.host.inspector.statistics();

let sent = 0;

/** Runs the request of a caller, who is sampled in the share of the mode. */
function asCaller<T>(request: () => Promise<T>): Promise<T> {
  const number = ++sent;
  if (!hasCallers) return request();
  const isSampled = Math.floor(number * tracedShare) > Math.floor((number - 1) * tracedShare);
  const spanContext = {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: number.toString(16).padStart(16, '0'),
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  };
  return context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), request);
}

const free = (index: number) => keyOf(firstFree + (index % (entityCount - firstFree)));

async function deposit(index: number): Promise<unknown> {
  return asCaller(() => client.callEntity(new EntityId('account', free(index * 7919)), 'deposit', 1));
}

async function pay(index: number): Promise<unknown> {
  const input = { from: free(index * 13), to: free(index * 13 + 7) };
  return asCaller(async () => (await client.startNew(payment, { input })).result());
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
  collectGarbage();
  const meter = startMeter();
  const signal = (index: number) =>
    asCaller(() => client.signalEntity(new EntityId('account', free(index % 100)), 'deposit', 1));
  await Promise.all([eachOf(signals, 1_000, signal), eachOf(payments, 64, pay)]);
  await eachOf(100, 100, (index) => client.callEntity(new EntityId('account', free(index)), 'balance'));
  const { cpuUs, elapsedMs } = meter();
  await setTimeout(100);
  collectGarbage();
  return { cpuUs, elapsedMs, heapBytes: process.memoryUsage().heapUsed };
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
    for (let call = 0; call < 10 && running < 200; call += 1) begin(deposit(ticks * 10 + call));
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
    await provider.shutdown();
    process.disconnect();
  }
}

process.on('message', (order: BankOrder) => void obey(order));
report({ port: bank.server.port });
