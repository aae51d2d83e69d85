import { expect } from 'chai';
import { defineActivity, defineOrchestration, type OrchestrationStatus } from '../../src/index.js';
import { InvalidOperationError, OrchestrationNotFoundError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, fresh, refusal } from './world.js';

/** A tree: each run calls `width` others, `depth` levels deep; the last level waits. */
const tree = defineOrchestration('Tree', async (context, [depth, width]: [number, number]): Promise<unknown> => {
  if (depth === 0) return context.waitForExternalEvent('go');
  const children = Array.from({ length: width }, (_, n) =>
    context.callSubOrchestration(tree as never, [depth - 1, width] as never, {
      instanceId: `${context.instanceId}/${n}`,
      tags: { depth: String(depth - 1) },
    }),
  );
  return Promise.all(children);
});

acceptance('run-children', allSettings, (world) => {
  const statuses = async (prefix: string) => {
    const found: OrchestrationStatus[] = [];
    for await (const status of world().client.queryRuns({ instanceIdPrefix: prefix })) found.push(status);
    return found;
  };
  const counts = async (prefix: string) => {
    const found = Object.entries(await world().client.countRuns({ instanceIdPrefix: prefix }));
    return Object.fromEntries(found.filter(([, count]) => count > 0));
  };
  const grown = (prefix: string, count: number) =>
    eventually(async () => ((await statuses(prefix)).length === count ? true : undefined), `${count} runs`);

  it('O8: terminate with children ends the whole tree, and only that one', async () => {
    const client = await world().start([tree]);
    const root = fresh('tree');
    const other = fresh('other');
    const run = await client.startNew(tree, { instanceId: root, input: [2, 2] });
    await client.startNew(tree, { instanceId: other, input: [1, 1] });
    await grown(root, 7);
    await grown(other, 2);
    await run.terminate('enough', { children: true });
    await eventually(async () => ((await counts(root))['terminated'] === 7 ? true : undefined), 'the end of all');
    for (const { reason } of await statuses(root)) expect(reason).to.equal('enough');
    expect(await counts(other)).to.deep.equal({ running: 2 });
    await client.run(tree, other).terminate(undefined, { children: true });
  });

  it('O8: terminate without children lets sub-orchestrations continue; terminate with children ends them, also after the run has ended', async () => {
    const client = await world().start([tree]);
    const root = fresh('tree');
    const run = await client.startNew(tree, { instanceId: root, input: [1, 3] });
    await grown(root, 4);
    await run.terminate();
    expect(await counts(root)).to.deep.equal({ terminated: 1, running: 3 });
    await refusal(run.terminate(), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
    await refusal(run.purge({ children: true }), InvalidOperationError, 'DE_INVALID_OPERATION');
    await world().restart();
    await world().client.run(tree, root).terminate('late', { children: true });
    await eventually(async () => ((await counts(root))['terminated'] === 4 ? true : undefined), 'the end of all');
  });

  it('O8: children of the execution before continueAsNew, and those whose start is on its way, end too', async () => {
    const leaves = defineOrchestration('Leaves', async (context, round: number): Promise<unknown> => {
      void context.callSubOrchestration(tree as never, [0, 0] as never, {
        instanceId: `${context.instanceId}/${round}`,
      });
      if (round < 2) return context.continueAsNew(round + 1);
      return context.waitForExternalEvent('never');
    });
    const client = await world().start([tree, leaves]);
    const root = fresh('leaves');
    const run = await client.startNew(leaves, { instanceId: root, input: 0 });
    await eventually(async () => ((await run.status())?.input === 2 ? true : undefined), 'the third execution');
    await run.terminate(undefined, { children: true });
    await eventually(async () => ((await counts(root))['terminated'] === 4 ? true : undefined), 'the end of all');
  });

  it('O8: purge with children deletes the whole tree, and its tags', async () => {
    const client = await world().start([tree]);
    const root = fresh('tree');
    const run = await client.startNew(tree, { instanceId: root, input: [2, 2] });
    await grown(root, 7);
    await run.terminate(undefined, { children: true });
    await eventually(async () => ((await counts(root))['terminated'] === 7 ? true : undefined), 'the end of all');
    await run.purge({ children: true });
    await eventually(async () => ((await statuses(root)).length === 0 ? true : undefined), 'the end of all');
    await client.startNew(tree, { instanceId: `${root}/0`, input: [0, 0] });
    const found: string[] = [];
    for await (const { instanceId } of client.queryRuns({ instanceIdPrefix: root, tags: { depth: '1' } })) {
      found.push(instanceId);
    }
    expect(found).to.deep.equal([]);
  });

  it('O8: the status names the parent, and children are listed, page by page', async () => {
    const client = await world().start([tree]);
    const root = fresh('tree');
    const run = await client.startNew(tree, { instanceId: root, input: [1, 5] });
    await grown(root, 6);
    expect((await run.status())?.parentId).to.equal(undefined);
    const pages: string[][] = [];
    for await (const { items } of run.children({ pageSize: 3 }).pages()) {
      pages.push(items.map(({ instanceId, parentId }) => `${instanceId} of ${parentId}`));
    }
    const child = (n: number) => `${root}/${n} of ${root}`;
    expect(pages).to.deep.equal([
      [child(0), child(1), child(2)],
      [child(3), child(4)],
    ]);
    for (let n = 0; n < 5; n++) await client.run(tree, `${root}/${n}`).raiseEvent('go', n);
    expect(await run.result()).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('runs are found by tags, by their parent, and by when they ended, and counted by status', async () => {
    const quick = defineActivity('Quick', () => 1);
    const tagged = defineOrchestration('Tagged', async (context, end: boolean) => {
      await context.callActivity(quick);
      context.setTags({ step: 'worked', first: undefined });
      if (!end) await context.waitForExternalEvent('go');
    });
    const client = await world().start([quick, tagged]);
    const prefix = fresh('tagged');
    for (const [n, tenant] of ['a', 'b', 'a', 'a'].entries()) {
      const run = await client.startNew(tagged, {
        instanceId: `${prefix}-${n}`,
        input: n !== 3,
        tags: { tenant, first: 'yes', "it's": `"${n}"` },
      });
      if (n === 3) await run.waitForStatus(({ awaitedEvents }) => awaitedEvents.length > 0);
      else await run.result();
    }
    const found = async (filter: object) => {
      const ids: string[] = [];
      for await (const { instanceId } of client.queryRuns({ instanceIdPrefix: prefix, ...filter })) {
        ids.push(instanceId.slice(prefix.length + 1));
      }
      return ids.join();
    };
    expect(await found({ tags: { tenant: 'a' } })).to.equal('0,2,3');
    expect(await found({ tags: { tenant: 'a', step: 'worked' }, runtimeStatus: 'completed' })).to.equal('0,2');
    expect(await found({ tags: { "it's": '"1"' } })).to.equal('1');
    expect(await found({ tags: { first: 'yes' } })).to.equal('');
    expect(await found({ tags: { tenant: "a' OR 1=1 --" } })).to.equal('');
    expect(await found({ endedBefore: Date.now() + 60_000 })).to.equal('0,1,2');
    expect(await found({ endedBefore: 0 })).to.equal('');
    expect(await found({ parentId: 'nobody' })).to.equal('');
    expect(await counts(prefix)).to.deep.equal({ completed: 3, running: 1 });
    expect(await client.countRuns({ instanceIdPrefix: prefix, tags: { tenant: 'b' } })).to.deep.equal({
      pending: 0,
      running: 0,
      suspended: 0,
      completed: 1,
      failed: 0,
      terminated: 0,
    });
    expect(await client.purgeRuns({ instanceIdPrefix: prefix, tags: { tenant: 'a' } })).to.equal(2);
    expect(await found({})).to.equal('1,3');
  });
});
