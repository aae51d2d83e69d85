import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import type { OrchestrationStatus } from '../../src/client.js';
import { inputHash } from '../../src/core/input-hash.js';
import { World, deferred, failure, type Process } from './world.js';
import { parseHistory } from '../../src/engines/sql/core/history-text.js';

const text = (bytes: number, letter = 'x') => letter.repeat(bytes);
const large = text(100_000);
const other = `${text(99_999)}y`;

const next = defineActivity('Next', (_, n: number) => n + 1);
const many = defineOrchestration('Many', async (context, { turns }: { turns: number; fill: string }) => {
  let n = 0;
  while (n < turns) n = await context.callActivity<number>('Next', n);
  return n;
});
/** Ends with its input and the event that it waits for. */
const waiter = defineOrchestration('Waiter', async (context, input: string) => {
  const event = await context.waitForExternalEvent<string>('go');
  return [input, event];
});
const child = defineOrchestration('Child', async (context, input: string) => {
  await context.callActivity('Next', 1);
  return input.length;
});
const parent = defineOrchestration('Parent', (context, input: string) =>
  context.callSubOrchestration<number>('Child', input, { instanceId: 'child' }),
);
/** Continues as new with each event that it gets as its input. */
const chain = defineOrchestration('Chain', async (context, input: string) => {
  const event = await context.waitForExternalEvent<string>('go');
  if (event === 'end') return input;
  return context.continueAsNew(event);
});
const everything = [next, many, waiter, child, parent, chain];

function record(world: World, instanceId: string): RunRecord {
  return JSON.parse(world.row(instanceId)?.state as string) as RunRecord;
}

/** The length of all texts of the row of this run that were given to commits. */
function written({ store }: Process, instanceId: string): number {
  let bytes = 0;
  for (const { batch } of store.batches) {
    for (const write of batch.instances) {
      if (write.op === 'put' && write.id === instanceId)
        bytes += (write.state?.length ?? 0) + (write.meta?.length ?? 0);
    }
  }
  return bytes;
}

describe('a large input', () => {
  let world: World;
  let now: Process;
  beforeEach(async () => {
    world = new World(everything);
    now = await world.start();
  });

  /** The process ends suddenly, and the next one begins. */
  async function restartProcess(): Promise<void> {
    now.crash();
    now = await world.start();
  }

  const status = (instanceId: string): Promise<OrchestrationStatus | undefined> =>
    world.until(now.client.run('Waiter', instanceId).status());

  it('G5: a run of fifty turns writes the same bytes into its row with an input of 10 bytes and of a megabyte', async () => {
    const bytes: number[] = [];
    for (const size of [10, 1_000, 100_000, 1_000_000]) {
      const instanceId = `run ${size}`;
      const input = { turns: 50, fill: text(size) };
      const run = await world.until(now.client.startNew(many, { instanceId, input }));
      expect(await world.until(run.result())).to.equal(50);
      bytes.push(written(now, instanceId));
      expect((await world.until(run.status()))?.input).to.deep.equal(input);
    }
    const [small = 0, kilobyte = 0, ...larger] = bytes;
    // A small input stays in the row, so that a read of the row is one read.
    expect(kilobyte - small).to.be.below(60 * 1_024);
    for (const size of larger) expect(size / small).to.be.below(1.3);
  });

  it('G5: a run with a large input after continueAsNew writes it once into its row', async () => {
    const run = await world.until(now.client.startNew(chain, { instanceId: 'c', input: 'first' }));
    await world.until(run.raiseEvent('go', large));
    await world.quiet();
    const before = written(now, 'c');
    for (let round = 0; round < 20; round++) {
      await world.until(run.suspend());
      await world.until(run.resume());
    }
    expect(written(now, 'c') - before).to.be.below(20_000);
    expect((await world.until(run.status()))?.input).to.equal(large);
    await restartProcess();
    expect((await status('c'))?.input).to.equal(large);
    // Its first input tells a repeated start.
    await world.until(now.client.startNew(chain, { instanceId: 'c', input: 'first' }));
    const refused = await world.until(failure(now.client.startNew(chain, { instanceId: 'c', input: large })));
    expect(refused).to.have.property('code', 'DE_INSTANCE_EXISTS');
    await world.until(now.client.run(chain, 'c').raiseEvent('go', 'small'));
    await world.quiet();
    expect((await status('c'))?.input).to.equal('small');
    expect(record(world, 'c')).to.include({ input: '"small"' }).and.not.have.property('inputIn');
    await world.until(now.client.run(chain, 'c').raiseEvent('go', 'end'));
    expect(await world.until(now.client.run(chain, 'c').result())).to.equal('small');
  });

  it('G5: the status has the input while the run goes on, after its end, and in the next process', async () => {
    const run = await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    await world.quiet();
    expect(record(world, 'w')).to.include({ inputIn: 'history' }).and.not.have.property('input');
    expect((await status('w'))?.input).to.equal(large);
    await restartProcess();
    expect((await status('w'))?.input).to.equal(large);
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    expect(await world.until(now.client.run(waiter, 'w').result())).to.deep.equal([large, 'event']);
    expect((await status('w'))?.input).to.equal(large);
    await restartProcess();
    expect((await status('w'))?.input).to.equal(large);
    expect(run.instanceId).to.equal('w');
  });

  it('G5: waitForStatus shows the input with each status, in this process and in a connected client', async () => {
    const connected = await world.connect();
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    const seen: [string, unknown][][] = [[], []];
    const ended = [now.client, connected.client].map((client, index) =>
      client.run(waiter, 'w').waitForStatus(({ runtimeStatus, input }) => {
        seen[index]?.push([runtimeStatus, input]);
        return runtimeStatus === 'completed';
      }),
    );
    await world.pass(1_000);
    await world.until(now.client.run(waiter, 'w').suspend());
    await world.pass(60_000);
    await world.until(now.client.run(waiter, 'w').resume());
    await world.pass(60_000);
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    for (const { input } of await world.until(Promise.all(ended))) expect(input).to.equal(large);
    for (const all of seen) {
      const changes = all.filter(([each], index) => each !== all[index - 1]?.[0]);
      expect(changes).to.deep.equal([
        ['running', large],
        ['suspended', large],
        ['running', large],
        ['completed', large],
      ]);
    }
    const reads = connected.store.accesses.filter((access) => access === 'loadFirstChunks').length;
    expect(reads, 'the input is read once').to.equal(1);
  });

  it('G5: queries have the inputs of all runs, with one more read for each page', async () => {
    for (let n = 0; n < 12; n++) {
      const input = n % 3 === 0 ? `small ${n}` : `${large} ${n}`;
      await world.until(now.client.startNew(waiter, { instanceId: `w${String(n).padStart(2, '0')}`, input }));
    }
    await world.quiet();
    const connected = await world.connect();
    for (const { client, store } of [now, connected]) {
      const before = store.accesses.length;
      const found = await world.until(client.queryRuns().page({ size: 5 }));
      expect(store.accesses.slice(before).filter((access) => access === 'loadFirstChunks')).to.have.length(1);
      expect(found.items.map(({ input }) => input)).to.deep.equal([
        'small 0',
        `${large} 1`,
        `${large} 2`,
        'small 3',
        `${large} 4`,
      ]);
    }
  });

  it('G5: a page of a query stays full and true while its runs are purged and begin again', async () => {
    for (const instanceId of ['a', 'b', 'c', 'd', 'e']) {
      await world.until(now.client.startNew(chain, { instanceId, input: `${large} of ${instanceId}` }));
    }
    await world.quiet();
    const connected = await world.connect();
    const gate = deferred();
    connected.store.holdBefore.set('loadFirstChunks', gate.promise);
    const reading = connected.client.queryRuns().page({ size: 3 });
    const status = connected.client.run(chain, 'a').status();
    await world.quiet();
    await world.until(now.client.run(chain, 'b').terminate());
    await world.until(now.client.run(chain, 'b').purge());
    await world.until(now.client.run(chain, 'a').raiseEvent('go', `${other} of a`));
    await world.quiet();
    connected.store.holdBefore.clear();
    gate.resolve();
    const { items } = await world.until(reading);
    expect(items.map(({ instanceId, input }) => [instanceId, input])).to.deep.equal([
      ['a', `${other} of a`],
      ['c', `${large} of c`],
      ['d', `${large} of d`],
    ]);
    expect((await world.until(status))?.input).to.equal(`${other} of a`);
  });

  it('G5: a repeated start is the same with the same input, and is refused with another one of the same length', async () => {
    for (const again of [false, true]) {
      await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
      await world.quiet();
      expect(record(world, 'w').startedWith).to.equal(inputHash(JSON.stringify(large)));
      await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
      const refused = await world.until(failure(now.client.startNew(waiter, { instanceId: 'w', input: other })));
      expect(refused).to.have.property('code', 'DE_INSTANCE_EXISTS');
      if (!again) await restartProcess();
    }
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: other, whenEnded: 'startAgain' }));
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'again'));
    expect(await world.until(now.client.run(waiter, 'w').result())).to.deep.equal([other, 'again']);
  });

  it('G5: a restart has the input, right behind the end, later, in the next process, and under a new id', async () => {
    const run = () => now.client.run(waiter, 'w');
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    await world.quiet();
    await world.until(Promise.all([run().terminate(), run().restart()]));
    await world.until(run().raiseEvent('go', '1'));
    expect(await world.until(run().result())).to.deep.equal([large, '1']);
    await world.until(run().restart());
    await world.until(run().raiseEvent('go', '2'));
    expect(await world.until(run().result())).to.deep.equal([large, '2']);
    await restartProcess();
    await world.until(run().restart());
    await world.quiet();
    expect(record(world, 'w')).to.include({ inputIn: 'history', startedWith: inputHash(JSON.stringify(large)) });
    expect((await status('w'))?.input).to.equal(large);
    await world.until(run().raiseEvent('go', '3'));
    expect(await world.until(run().result())).to.deep.equal([large, '3']);
    const fresh = await world.until(run().restart({ newInstanceId: true }));
    await world.until(fresh.raiseEvent('go', '4'));
    expect(await world.until(fresh.result())).to.deep.equal([large, '4']);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('G5: a rewound run has the input, twice, and in the next process', async () => {
    let failures = 2;
    const flaky = defineActivity('Flaky', () => {
      if (failures-- > 0) throw new Error('not yet');
      return 'done';
    });
    const flow = defineOrchestration('Flow', async (context, input: string) => {
      await context.callActivity('Next', 1);
      return [input, await context.callActivity('Flaky')];
    });
    world = new World([next, flaky, flow]);
    now = await world.start();
    await world.until(now.client.startNew(flow, { instanceId: 'f', input: large }));
    for (let round = 0; round < 2; round++) {
      expect(await world.until(failure(now.client.run(flow, 'f').result()))).to.be.an('error');
      expect((await status('f'))?.input).to.equal(large);
      if (round === 1) await restartProcess();
      await world.until(now.client.run(flow, 'f').rewind());
    }
    expect(await world.until(now.client.run(flow, 'f').result())).to.deep.equal([large, 'done']);
    expect((await status('f'))?.input).to.equal(large);
    expect(record(world, 'f')).to.include({ inputIn: 'history' });
  });

  it('G5: a sub-orchestration has its input, and its parent its own', async () => {
    const run = await world.until(now.client.startNew(parent, { instanceId: 'p', input: large }));
    expect(await world.until(run.result())).to.equal(large.length);
    for (const instanceId of ['p', 'child']) {
      expect((await status(instanceId))?.input).to.equal(large);
      expect(record(world, instanceId)).to.include({ inputIn: 'history' });
    }
  });

  it('G5: a run that waits for its time has its input, before it begins and after', async () => {
    const at = new Date(world.time.wallMs() + 60_000);
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large, scheduledTime: at }));
    expect([(await status('w'))?.runtimeStatus, (await status('w'))?.input]).to.deep.equal(['pending', large]);
    await restartProcess();
    expect((await status('w'))?.input).to.equal(large);
    await world.pass(61_000);
    expect([(await status('w'))?.runtimeStatus, (await status('w'))?.input]).to.deep.equal(['running', large]);
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    expect(await world.until(now.client.run(waiter, 'w').result())).to.deep.equal([large, 'event']);
  });

  it('G5: a row of 0.1 that holds a large input is read and goes on, and can be restarted', async () => {
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    await world.quiet();
    now.crash();
    const row = world.row('w');
    const { inputIn: _, startedWith: __, ...old } = record(world, 'w');
    const state = JSON.stringify({ ...old, input: JSON.stringify(large) });
    world.database.instances.set('w', { ...(row as NonNullable<typeof row>), state });
    now = await world.start();
    expect((await status('w'))?.input).to.equal(large);
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    expect(await world.until(failure(now.client.startNew(waiter, { instanceId: 'w', input: other })))).to.be.an(
      'error',
    );
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    expect((await status('w'))?.input).to.equal(large);
    await world.until(now.client.run(waiter, 'w').restart());
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'again'));
    expect(await world.until(now.client.run(waiter, 'w').result())).to.deep.equal([large, 'again']);
    expect(record(world, 'w')).to.include({ inputIn: 'history' });
  });

  it('G5: a history that has lost the input is told as damage by status, queries and restart', async () => {
    await world.until(now.client.startNew(waiter, { instanceId: 'w', input: large }));
    await world.until(now.client.run(waiter, 'w').raiseEvent('go', 'event'));
    await world.until(now.client.run(waiter, 'w').result());
    const chunks = world.database.history.get('w');
    for (const [key, chunk] of chunks ?? []) {
      const events = parseHistory(chunk.events).filter((each) => each.h !== 'fed' || each.event.kind !== 'started');
      chunks?.set(key, { ...chunk, events: JSON.stringify(events) });
    }
    const told = async () => {
      const run = now.client.run(waiter, 'w');
      expect(await world.until(failure(run.status()))).to.have.property('code', 'DE_STORAGE');
      const [found] = (await world.until(now.client.queryRuns().page({ size: 5 }))).items;
      expect(found?.error).to.have.property('code', 'DE_STORAGE');
    };
    await told();
    expect(await world.until(failure(now.client.run(waiter, 'w').restart()))).to.have.property('code', 'DE_STORAGE');
    world.database.history.delete('w');
    await told();
  });
});
