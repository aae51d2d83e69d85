import { expect } from 'chai';
import { fill } from '../../bench/growth/prepared.js';
import { DurableHost, EntityId } from '../../src/index.js';
import { Folder, quietLogger } from './command-line.js';
import { register } from './code.js';

describe('commands on a file that a host uses', () => {
  let folder: Folder;
  let host: DurableHost;
  before(async () => {
    folder = await Folder.make();
    host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    await host.client.callEntity(new EntityId('counter', 'a'), 'add', 1);
    await (await host.client.startNew('Sum', { instanceId: 'sum', input: 1 })).result();
    await host.client.startNew('Waits', { instanceId: 'waits' });
  });
  after(async () => {
    await host.stop();
    await folder.remove();
  });

  /** Rows that are neither ended nor taken over. A row that has ended is deleted by the retention of the host. */
  const living = async () =>
    (await host.inspector.workers()).items.filter(({ alive }) => alive).map(({ kind }) => kind);

  const commands: readonly [words: string, code: number][] = [
    ['entities list', 0],
    ['entities get @counter@a', 0],
    ['entities get @counter@none', 3],
    ['entities messages @counter@a', 0],
    ['entities signal @note@x set 1', 0],
    ['entities call @counter@a add 1', 0],
    ['entities delete @note@x --yes', 0],
    ['runs list', 0],
    ['runs get sum', 0],
    ['runs get none', 3],
    ['runs history sum', 0],
    ['runs timeline sum', 0],
    ['runs start Waits --id begun', 0],
    ['runs suspend waits', 0],
    ['runs resume waits', 0],
    ['runs event waits go 1', 0],
    ['runs wait waits', 0],
    ['runs wait begun --timeout 1ms', 5],
    ['runs terminate begun --yes', 0],
    ['runs purge sum --yes', 0],
    ['explain waits', 0],
    ['locks', 0],
    ['dead-letters list', 0],
    ['dead-letters retry 5', 3],
    ['workers', 0],
    ['top', 0],
    ['doctor', 0],
  ];
  for (const [words, expected] of commands) {
    it(`${words} leaves no client that seems to live, and ends with ${expected}`, async () => {
      const { code, stderr } = await folder.run([...words.split(' '), '--storage', 'hub.db']);
      expect(code, stderr).to.equal(expected);
      expect(await living()).to.deep.equal(['worker']);
    });
  }

  it('a command that is interrupted leaves no client that seems to live', async () => {
    const top = folder.start(['top', '--every', '200ms', '--storage', 'hub.db'], { columns: 100 });
    await top.shows('counter');
    expect(await living()).to.deep.equal(['client', 'worker']);
    await top.interrupt();
    expect(await living()).to.deep.equal(['worker']);
  });
});

describe('dead letters by the command line', () => {
  it('a retry of all of them tells their number before, shows its progress, and sends each once', async () => {
    const folder = await Folder.make();
    const count = 250;
    const body = JSON.stringify({ kind: 'operation', operation: 'add', input: '1' });
    const reason = 'The process ended in each of its attempts.';
    await fill(folder.file('hub.db'), count, (index) => ({
      deadLetter: { id: index + 1, target: '@counter@a', body, attempts: 3, reason, atMs: index + 1, activeMs: 1 },
    }));
    const host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
    try {
      const retry = ['dead-letters', 'retry', '--all', '--storage', 'hub.db'];
      expect(await folder.run([...retry, '--dry-run'])).to.include({
        code: 0,
        stdout: 'would retry 250 dead letters\n',
      });
      const running = folder.start([...retry, '--yes'], { columns: 100 });
      await running.notes('/250 ·');
      const done = await running.done;
      expect(done.code, done.stderr).to.equal(0);
      expect(done.stdout).to.include('250 done, 0 failed');
      expect(await host.client.callEntity(new EntityId('counter', 'a'), 'get')).to.equal(250);
      expect((await host.inspector.deadLetters()).items).to.deep.equal([]);
    } finally {
      await host.stop();
      await folder.remove();
    }
  });
});
