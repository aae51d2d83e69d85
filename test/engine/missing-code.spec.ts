import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { World } from './world.js';

const act = defineActivity('Act', (_context, n: number) => n);
const works = defineOrchestration('Works', async (context) =>
  Promise.all([context.callActivity(act, 1), context.callActivity(act, 2)]),
);
const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent('go'));

const warnings = (world: World, text: string) =>
  world.log.filter(({ level, message }) => level === 'warn' && message.includes(text)).map(({ fields }) => fields);

describe('O7: code that is missing in a deployment', () => {
  it('O7: an activity that waits for its code is in the log once, and in the status until it has run', async () => {
    const world = new World([act, works, waits]);
    const first = await world.start();
    first.crash();
    world.definitions = [works, waits];
    const second = await world.start();
    const run = await world.until(second.client.startNew(works, { instanceId: 'w' }));
    await world.until(second.client.startNew(works, { instanceId: 'v' }));
    await world.quiet();
    expect((await run.status())?.missingCode).to.deep.equal(['activity:Act']);
    expect(warnings(world, 'activity waits')).to.have.length(1);
    expect(warnings(world, 'activity waits')[0]).to.include({ activity: 'Act' });

    second.crash();
    const third = await world.start();
    await world.pass(1_000);
    expect((await third.client.run(works, 'w').status())?.missingCode, 'after a restart').to.deep.equal([
      'activity:Act',
    ]);
    third.crash();
    world.definitions = [act, works, waits];
    const fourth = await world.start();
    expect(await world.until(fourth.client.run(works, 'w').result())).to.deep.equal([1, 2]);
    expect((await fourth.client.run(works, 'w').status())?.missingCode).to.deep.equal([]);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('O7: the next deployment names activities that it has not registered and an earlier one had asked for', async () => {
    const never = defineActivity('Act', () => new Promise<number>(() => {}));
    const world = new World([never, works]);
    const first = await world.start();
    await world.until(first.client.startNew(works, { instanceId: 'w' }));
    await world.quiet();
    first.crash();
    world.definitions = [works];
    const second = await world.start();
    await world.quiet();
    expect((await second.client.run(works, 'w').status())?.missingCode).to.deep.equal(['activity:Act']);
    second.crash();
    world.definitions = [never, works];
    const third = await world.start();
    // A suspended orchestration receives no events, and its status is still correct.
    await world.until(third.client.run(works, 'w').suspend());
    expect((await third.client.run(works, 'w').status())?.missingCode).to.deep.equal([]);
  });

  it('O7: the status names missing code of an orchestration itself, until the code is registered again', async () => {
    const world = new World([waits, works, act]);
    const first = await world.start();
    await world.until(first.client.startNew(waits, { instanceId: 'r' }));
    first.crash();
    world.definitions = [works, act];
    const second = await world.start();
    const raised = second.client
      .run('Waits', 'r')
      .raiseEvent('go', 1)
      .catch(() => {});
    await world.quiet();
    expect((await second.client.run('Waits', 'r').status())?.missingCode).to.deep.equal(['orchestration:Waits@1']);
    expect(warnings(world, 'orchestration waits')).to.have.length(1);
    second.crash();
    void raised;
    world.definitions = [waits, works, act];
    const third = await world.start();
    expect(await world.until(third.client.run(waits, 'r').result())).to.equal(1);
    expect((await third.client.run(waits, 'r').status())?.missingCode).to.deep.equal([]);
  });

  it('O7: an entity whose operations wait for its code is in the log once, and in its status', async () => {
    const world = new World([counter, act]);
    const first = await world.start();
    expect((await first.client.entityStatus(id('Counter', 'c')))?.registered).to.equal(undefined);
    first.crash();
    world.definitions = [act];
    const second = await world.start();
    for (const key of ['c', 'd']) await world.until(second.client.signalEntity(id('Counter', key), 'add', 1));
    await world.quiet();
    expect(await second.client.entityStatus(id('Counter', 'c'))).to.include({ backlog: 1, registered: false });
    expect(warnings(world, 'entity wait')).to.have.length(1);
    expect(warnings(world, 'entity wait')[0]).to.include({ entity: 'counter', operation: 'add' });
    second.crash();
    world.definitions = [counter, act];
    const third = await world.start();
    await world.quiet();
    expect(await third.client.entityStatus(id('Counter', 'c'))).to.include({ backlog: 0, registered: true });
  });
});
