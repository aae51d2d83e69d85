import { expect } from 'chai';
import { defineEntity, defineOrchestration, EntityId, type StartOptions } from '../../src/index.js';
import { runOperation, TestHost } from '../../src/testing/index.js';

const echo = defineOrchestration('Echo', async (_context, input: unknown) => input);
const starter = defineEntity('Starter', { effects: 'none' }, (context) => {
  context.startNewOrchestration('Echo', context.getInput<StartOptions>());
  context.signalEntity(context.entityId, 'tick', undefined, { name: 'tick', every: '1 hour' });
});

describe('the testing kit and what starts and signals take', () => {
  it('O5 runOperation shows what an operation asks of a start, and the interval of a signal', async () => {
    const input = { instanceId: 'e', whenEnded: 'refuse', tags: { a: 'b' }, customStatus: [1], scheduledTime: 5 };
    const { orchestrations, signals, error } = await runOperation(starter, 'start', input, { register: [echo] });
    expect(error).to.equal(undefined);
    expect(orchestrations).to.deep.equal([
      {
        name: 'Echo',
        instanceId: 'e',
        input: undefined,
        version: undefined,
        whenEnded: 'refuse',
        tags: { a: 'b' },
        customStatus: [1],
        scheduledTime: new Date(5),
      },
    ]);
    expect(signals).to.have.length(1);
    expect(signals[0]).to.include({ name: 'tick', every: 3_600_000 });
  });

  it('O5 a host tells onStartRefused of a one-way start that is refused', async () => {
    const refused: unknown[] = [];
    await using host = await TestHost.start({
      register: [echo, starter],
      onStartRefused: (error, start) => refused.push([(error as Error & { code: string }).code, start]),
    });
    await (await host.client.startNew(echo, { instanceId: 'e', input: 1 })).result();
    await host.client.signalEntity(new EntityId('Starter', 's'), 'start', { instanceId: 'e', input: 2 });
    await host.idle();
    expect(refused).to.deep.equal([['DE_INSTANCE_EXISTS', { instanceId: 'e', orchestrationName: 'Echo' }]]);
  });
});
