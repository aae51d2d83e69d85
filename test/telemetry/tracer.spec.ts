import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  DurableHost,
  EntityId,
  type DurableClient,
} from '../../src/index.js';
import { readSqliteRun } from '../../src/storage/typeorm/index.js';
import { crashEverywhere, TestHost } from '../../src/testing/index.js';
import { World } from '../acceptance/world.js';
import { quietLogger } from '../cli/command-line.js';
import { Spans } from './spans.js';

const counter = defineEntity('counter', { effects: 'none' }, (context) => {
  if (context.operationName === 'fail') throw new Error('as asked');
  if (context.operationName === 'pass') context.signalEntity(new EntityId('counter', 'next'), 'add', 1);
  context.setState(context.getState(() => 0) + 1);
  return context.getState<number>();
});

for (const evict of [false, true]) {
  describe(`spans of a sampled caller${evict ? ', with replay before each turn' : ''}`, () => {
    let spans: Spans;
    let world: World;
    let client: DurableClient;

    const double = defineActivity('double', async (_context, value: number) => {
      spans.own('inside').end();
      return value * 2;
    });
    const child = defineOrchestration('Child', async (context, value: number): Promise<number> =>
      context.callActivity(double, value),
    );
    const sum = defineOrchestration('Sum', async (context, value: number): Promise<number> => {
      const doubled = await context.callActivity(double, value);
      await context.callEntity(new EntityId('counter', 'a'), 'add');
      context.signalEntity(new EntityId('counter', 'b'), 'pass');
      const ids = [await context.callSubOrchestration(child, doubled)];
      return ids[0] as number;
    });
    const outside = defineEntity('outside', { effects: 'external' }, async () => {
      await Promise.resolve();
      spans.own('inside').end();
    });
    const broken = defineOrchestration('Broken', async (): Promise<void> => {
      throw new Error('as asked');
    });

    beforeEach(async () => {
      spans = new Spans();
      world = new World({ storage: 'memory', evict });
      client = await world.start([counter, double, child, sum, outside, broken], { tracer: spans.tracer });
    });
    afterEach(async () => {
      await world.end();
      spans.end();
    });

    it('a call has a span of the client, and one of the operation below it', async () => {
      await spans.within(() => client.callEntity(new EntityId('counter', 'a'), 'add'));
      const [call, operation, request] = [
        spans.named('call counter.add'),
        spans.named('counter.add'),
        spans.named('request'),
      ];
      expect(call.kind).to.equal(SpanKind.CLIENT);
      expect(operation.kind).to.equal(SpanKind.CONSUMER);
      expect(call.parentSpanContext?.spanId).to.equal(request.spanContext().spanId);
      expect(operation.parentSpanContext?.spanId).to.equal(call.spanContext().spanId);
      expect(operation.attributes).to.deep.include({
        'messaging.system': 'durable_entities',
        'messaging.destination.name': 'counter',
        'messaging.operation.type': 'process',
        'durable.entity.key': 'a',
      });
      expect(spans.all).to.have.length(3);
    });

    it('a signal, and what its operation sends, are in the trace of the caller', async () => {
      const ticket = await spans.within(() => client.signalEntity(new EntityId('counter', 'a'), 'pass'));
      await client.processed(ticket);
      await client.callEntity(new EntityId('counter', 'next'), 'get');
      expect(spans.named('signal counter.pass').kind).to.equal(SpanKind.PRODUCER);
      const { traceId } = spans.named('request').spanContext();
      for (const name of ['counter.pass', 'counter.add'])
        expect(spans.named(name).spanContext().traceId, name).to.equal(traceId);
    });

    it('an orchestration, its steps and its children have one span each, in the trace of its start', async () => {
      const run = await spans.within(() => client.startNew('Sum', { instanceId: 'one', input: 2 }));
      expect(await run.result()).to.equal(8);
      await client.callEntity(new EntityId('counter', 'next'), 'get');
      const { traceId } = spans.named('request').spanContext();
      const names = spans.all.map((span) => span.name).toSorted();
      expect(names).to.deep.equal(
        [
          'Child',
          'Sum',
          'activity double',
          'activity double',
          'counter.add',
          'counter.add',
          'counter.pass',
          'inside',
          'inside',
          'request',
          'start Sum',
        ].toSorted(),
      );
      for (const span of spans.all) expect(span.spanContext().traceId, span.name).to.equal(traceId);
      const start = spans.named('start Sum').spanContext().spanId;
      for (const span of spans.all.filter(({ name }) => name === 'inside' || name === 'Sum'))
        expect(span.parentSpanContext?.spanId).to.equal(start);
      expect(spans.named('Sum').attributes).to.include({ 'durable.instance.id': 'one' });
      const tasks = spans.all
        .filter(({ name }) => name === 'activity double')
        .map(({ attributes }) => attributes['durable.task']);
      expect(tasks.every((task) => typeof task === 'number')).to.equal(true);
      for (const { startTime, endTime } of spans.all)
        expect(endTime[0] * 1e9 + endTime[1]).to.be.at.least(startTime[0] * 1e9 + startTime[1]);
    });

    it('failures mark their spans', async () => {
      await spans.within(() => client.callEntity(new EntityId('counter', 'a'), 'fail')).catch(() => {});
      const run = await spans.within(() => client.startNew('Broken'));
      await run.result().catch(() => {});
      for (const name of ['call counter.fail', 'counter.fail', 'Broken']) {
        expect(spans.named(name).status.code, name).to.equal(SpanStatusCode.ERROR);
        expect(spans.named(name).attributes, name).to.have.property('error.type');
      }
    });

    it('spans of the code of an external operation belong to the trace of its message', async () => {
      await spans.within(() => client.callEntity(new EntityId('outside', 'a'), 'go'));
      expect(spans.named('inside').parentSpanContext?.spanId).to.equal(
        spans.named('call outside.go').spanContext().spanId,
      );
    });

    it('a caller that is not sampled, and one without a span, cause no span', async () => {
      await spans.within(() => client.callEntity(new EntityId('counter', 'a'), 'add'), { sampled: false });
      const run = await spans.within(() => client.startNew('Sum', { input: 2 }), { sampled: false });
      await run.result();
      await client.callEntity(new EntityId('counter', 'a'), 'add');
      expect(spans.all.filter(({ name }) => name !== 'inside')).to.deep.equal([]);
    });
  });
}

describe('spans over crashes', () => {
  it('no crash, before or after any commit, makes a second span of one piece of work', async () => {
    const spans = new Spans();
    const add = defineActivity('add', async (_context, value: number) => value + 1);
    const run = defineOrchestration('Run', async (context): Promise<number> => {
      const value = await context.callActivity(add, 1);
      return context.callEntity<number>(new EntityId('counter', 'a'), 'add', value);
    });
    try {
      const crashes = await crashEverywhere(
        { register: [counter, add, run], tracer: spans.tracer },
        {
          prepare: () => spans.clear(),
          act: async (host) => {
            await spans.within(() => host.client.startNew('Run', { instanceId: 'run' }));
            await spans.within(() =>
              host.client.callEntity(new EntityId('counter', 'b'), 'add', 1, { requestId: 'once' }),
            );
          },
          check: async () => {
            const work = spans.all
              .filter(({ attributes }) => attributes['messaging.operation.type'] === 'process')
              .map(({ name, attributes }) =>
                [name, attributes['durable.entity.key'], attributes['durable.task']].join(' '),
              );
            expect(work).to.deep.equal([...new Set(work)]);
            expect(work.length).to.be.within(2, 4);
          },
        },
      );
      expect(crashes).to.be.above(4);
    } finally {
      spans.end();
    }
  });
});

describe('spans over a takeover', () => {
  it('the host that takes an orchestration over makes the spans of the rest, once, in the trace of the caller', async () => {
    const spans = new Spans();
    const double = defineActivity('double', async (_context, value: number) => value * 2);
    const run = defineOrchestration('Run', async (context): Promise<number> => {
      const doubled = await context.callActivity(double, 1);
      context.setCustomStatus('waits');
      await context.waitForExternalEvent('go');
      await context.callEntity(new EntityId('counter', 'a'), 'add');
      return context.callActivity(double, doubled);
    });
    try {
      const first = await TestHost.start({ register: [counter, double, run], tracer: spans.tracer });
      const started = await spans.within(() => first.client.startNew('Run', { instanceId: 'run' }));
      await started.waitForStatus(({ customStatus }) => customStatus === 'waits');
      const { traceId } = spans.named('request').spanContext();
      const startedAt = spans.named('activity double').startTime;
      expect(spans.named('activity double').spanContext().traceId).to.equal(traceId);
      spans.clear();

      const second = await first.crash();
      const taken = second.client.run('Run', 'run');
      await taken.raiseEvent('go');
      expect(await taken.result()).to.equal(4);
      expect(spans.all.map(({ name }) => name).sort()).to.deep.equal(['Run', 'activity double', 'counter.add']);
      for (const span of spans.all) expect(span.spanContext().traceId, span.name).to.equal(traceId);
      // The span of the orchestration begins where the first host began it.
      expect(msOf(spans.named('Run').startTime)).to.be.at.most(msOf(startedAt));
      expect(msOf(spans.named('activity double').startTime)).to.be.at.least(msOf(startedAt));
      await second.stop();
    } finally {
      spans.end();
    }
  });
});

function msOf([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

describe('tracing that is off', () => {
  it('messages and records of callers that are not sampled hold no trace', async () => {
    const spans = new Spans();
    const run = defineOrchestration('Run', async (context): Promise<void> => {
      await context.waitForExternalEvent('go');
    });
    const folder = await mkdtemp(join(tmpdir(), 'durable-entities-trace-'));
    const storage = join(folder, 'hub.db');
    const host = await DurableHost.start({
      storage,
      register: [counter, run],
      tracer: spans.tracer,
      logger: quietLogger,
    });
    try {
      await host.client.startNew('Run', { instanceId: 'plain' });
      await spans.within(() => host.client.startNew('Run', { instanceId: 'traced' }));
      const record = async (id: string) => String((await readSqliteRun(storage, id, 'de_'))?.row.state);
      expect(await record('plain'))
        .to.include('"name":"Run"')
        .and.to.not.include('"trace"');
      expect(await record('traced')).to.match(/"trace":"00-[0-9a-f]{32}-[0-9a-f]{16}-01"/);
    } finally {
      await host.stop();
      await rm(folder, { recursive: true });
      spans.end();
    }
  });

  it('a message of a caller that is not sampled goes past the tracer, and each other one through it', async () => {
    const world = new World({ storage: 'memory', evict: false });
    const sent: string[] = [];
    let isSampled = false;
    try {
      const run = defineOrchestration('Run', async (): Promise<number> => 1);
      const client = await world.start([counter, run], {
        tracer: {
          isSampled: () => isSampled,
          sending: (message, send) => {
            sent.push(message.kind);
            return send(undefined);
          },
          within: (_trace, work) => work(),
          ended() {},
        },
      });
      const sendAll = async () => {
        await client.signalEntity(new EntityId('counter', 'a'), 'add');
        await client.callEntity(new EntityId('counter', 'a'), 'add');
        await client.startNew('Run');
      };
      await sendAll();
      expect(sent).to.deep.equal([]);
      isSampled = true;
      await sendAll();
      expect(sent).to.deep.equal(['signal', 'call', 'start']);
    } finally {
      await world.end();
    }
  });

  it('a tracer that throws changes nothing, and is logged once', async () => {
    const world = new World({ storage: 'memory', evict: false });
    const fail = () => {
      throw new Error('broken tracer');
    };
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    try {
      const work = defineActivity('work', async () => 1);
      const run = defineOrchestration('Run', async (context): Promise<number> => context.callActivity(work));
      const client = await world.start([counter, work, run], {
        tracer: { sending: (_message, send) => send(trace), within: fail, ended: fail },
      });
      expect(await client.callEntity(new EntityId('counter', 'a'), 'add')).to.equal(1);
      expect(await (await client.startNew('Run')).result()).to.equal(1);
      expect(world.lines.filter(({ message }) => message.includes('tracer'))).to.have.length(1);
    } finally {
      await world.end();
    }
  });
});
