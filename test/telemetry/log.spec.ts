import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration, EntityId } from '../../src/index.js';
import { TestHost } from '../../src/testing/index.js';
import { World } from '../acceptance/world.js';
import { Spans } from './spans.js';

const talker = defineEntity('talker', { effects: 'none' }, (context) => {
  context.log.info('an operation runs', { amount: 5 });
  if (context.operationName === 'fail') throw new Error('as asked');
});
const work = defineActivity('work', async (context) => context.log.warn('an activity runs'));
const run = defineOrchestration('Run', async (context): Promise<void> => {
  context.log.info('an orchestration runs');
  await context.callActivity(work);
});

for (const evict of [false, true]) {
  describe(`context.log${evict ? ', with replay before each turn' : ''}`, () => {
    let world: World;
    beforeEach(() => {
      world = new World({ storage: 'memory', evict });
    });
    afterEach(() => world.end());

    const lines = (message: string) => world.lines.filter((line) => line.message === message);

    it('a line of an operation has its entity, key and operation, also if the operation fails', async () => {
      const client = await world.start([talker]);
      await client.callEntity(new EntityId('talker', 'a'), 'go');
      await client.callEntity(new EntityId('talker', 'b'), 'fail').catch(() => {});
      expect(lines('an operation runs')).to.deep.equal([
        {
          level: 'info',
          message: 'an operation runs',
          fields: { entity: 'talker', key: 'a', operation: 'go', amount: 5 },
        },
        {
          level: 'info',
          message: 'an operation runs',
          fields: { entity: 'talker', key: 'b', operation: 'fail', amount: 5 },
        },
      ]);
    });

    it('lines of traced work have the id of the trace, others have none', async () => {
      const spans = new Spans();
      try {
        const client = await world.start([talker, work, run], { tracer: spans.tracer });
        await spans.within(async () => {
          await client.callEntity(new EntityId('talker', 'a'), 'go');
          await (await client.startNew('Run')).result();
        });
        const { traceId } = spans.named('request').spanContext();
        for (const message of ['an operation runs', 'an orchestration runs', 'an activity runs']) {
          expect(lines(message), message).to.have.length(1);
          expect(lines(message)[0]?.fields, message).to.include({ trace_id: traceId });
        }
        await client.callEntity(new EntityId('talker', 'a'), 'go');
        expect(lines('an operation runs')[1]?.fields).to.not.have.property('trace_id');
      } finally {
        spans.end();
      }
    });
  });
}

describe('context.log and commits', () => {
  it('a line of an operation whose commit fails is not written', async () => {
    const host = await TestHost.start({ register: [talker] });
    host.faults.crashBeforeCommit(1);
    await host.client.callEntity(new EntityId('talker', 'a'), 'go').catch(() => {});
    expect(host.logs.filter(({ message }) => message === 'an operation runs')).to.deep.equal([]);
    const next = await host.crash();
    await next.stop();
  });
});
