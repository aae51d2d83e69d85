/**
 * One host that works with and without an observer by turns: `observed MODE`, and then messages. Both sides are the same compiled code, the same
 * objects and the same file, and only a field of the engine changes between them. The works are those of the figures.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeClock } from '../../src/host/node-clock.js';
import { Observers } from '../../src/engines/sql/safe-observer.js';
import { DurableHost, type Logger } from '../../src/index.js';
import type { HubTracer } from '../../src/hub/tracer.js';
import { Statistics } from '../../src/inspect/statistics.js';
import { durableTracer } from '../../src/telemetry/index.js';
import { Contexts } from '../../test/telemetry/spans.js';
import { everything } from '../programs.js';
import type { LoadWork } from '../work.js';
import { works } from '../works/index.js';
import { startMeter } from '../measure.js';
import { report } from './child.js';
import type { ObservedMode, Side } from './sides.js';

/** A round of fixed work. */
export interface Round {
  readonly work: string;
  readonly inFlight: number;
  readonly units: number;
}

/** An order to the process. Each is answered by a report. */
export type ObservedOrder =
  ({ readonly do: 'work'; readonly side: Side } & Round) | { readonly do: 'heap' } | { readonly do: 'end' };

const [mode] = process.argv.slice(2) as [ObservedMode];
const hasCallers = mode !== 'statistics';

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

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const folder = mkdtempSync(join(tmpdir(), 'observed-'));
let present: Side = 'plain';
const tracer = durableTracer({ tracerProvider: provider });
/** Without a tracer, a client tests a variable for each message. Here it calls a function that tests one. */
const switched: HubTracer = {
  ...tracer,
  isSampled: () => present.startsWith('traced-') && tracer.isSampled?.() === true,
};
const host = await DurableHost.start({
  storage: join(folder, 'observed.db'),
  register: everything,
  logger: silent,
  ...(hasCallers && { tracer: switched }),
});
const { engine } = host['worker'];
const nobody = new Observers(silent);
const counting = new Observers(silent);
counting.add(new Statistics(new NodeClock(), () => undefined));

function turnTo(side: Side): void {
  present = side;
  (engine['ports'] as { observer?: unknown }).observer = side === 'counted' ? counting : nobody;
}

/** The contexts of callers as an application has them. Whether they are sampled does not depend on the tracer of the host. */
function callerOf(number: number, share: number): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: number.toString(16).padStart(16, '0'),
    traceFlags: number % share === 0 ? TraceFlags.SAMPLED : TraceFlags.NONE,
  });
}

let sent = 0;

/** Does a round. Resolves with the CPU time of the process, in µs. */
async function work({ work: name, inFlight, units }: Round): Promise<number> {
  const load = works.find((one) => one.name === name) as LoadWork;
  const { client } = host;
  const end = sent + units;
  const share = present === 'traced-100' ? 1 : 100;
  const one = (number: number) =>
    hasCallers ? context.with(callerOf(number, share), () => load.unit(client, number)) : load.unit(client, number);
  // The garbage of the round before would be collected in this one.
  collectGarbage({ type: 'minor' });
  const meter = startMeter();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (sent < end) await one(++sent);
    }),
  );
  return meter().cpuUs;
}

async function obey(order: ObservedOrder): Promise<void> {
  if (order.do === 'work') {
    turnTo(order.side);
    report({ cpuUs: await work(order) });
  } else if (order.do === 'heap') {
    collectGarbage();
    report({ heapBytes: process.memoryUsage().heapUsed });
  } else {
    await host.stop();
    await provider.shutdown();
    rmSync(folder, { recursive: true, force: true });
    process.disconnect();
  }
}

process.on('message', (order: ObservedOrder) => void obey(order));
report({});
