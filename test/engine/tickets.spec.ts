import { expect } from 'chai';
import { defineEntity } from '../../src/functions/define.js';
import { readTicket, ticketOf } from '../../src/model/ticket.js';
import { atEveryAccess } from './every-access.js';
import { counter, id, list, slowList } from './programs.js';
import { Journal, Sender, Switchboard } from './senders.js';
import { deferred, failure, World, type Process } from './world.js';

const gated = (gate: Promise<void>) =>
  defineEntity('Gated', async (context) => {
    await gate;
    if (context.operationName === 'fail') throw new Error('no');
    context.setState(context.getState(() => 0) + 1);
  });

/** The outcome of a settled promise. `undefined` if it has not settled. */
function fateOf(promise: Promise<unknown>): { fate: string | undefined } {
  const seen: { fate: string | undefined } = { fate: undefined };
  promise.then(
    () => (seen.fate = 'processed'),
    (error: Error) => (seen.fate = error.name),
  );
  return seen;
}

const waitingRows = (ticket: string): number => readTicket(ticket).rows.length;

describe('tickets', () => {
  it('a ticket is processed at once if the batch of the signal has processed it', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'get'));
    const ticket = await world.until(client.signalEntity(id('Counter', 'a'), 'add'));
    const before = store.accesses.length;
    expect(waitingRows(ticket)).to.equal(0);
    await world.until(client.processed(ticket));
    expect(store.accesses.length, 'the table is not asked').to.equal(before);
    const { entityState } = await world.until(client.readEntityState(id('Counter', 'a'), { after: ticket }));
    expect(entityState).to.equal(1);
  });

  it('a ticket waits until the outcome is durable, of an operation that succeeds and of one that fails', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise)]);
    const { client, store } = await world.start();
    const tickets = await world.until(
      Promise.all(['add', 'fail'].map((operation) => client.signalEntity(id('Gated', 'a'), operation))),
    );
    expect(tickets.map(waitingRows)).to.deep.equal([1, 1]);
    const fates = tickets.map((ticket) => fateOf(client.processed(ticket)));
    await world.quiet();
    expect(fates.map(({ fate }) => fate)).to.deep.equal([undefined, undefined]);
    const commit = deferred();
    store.holdBefore.set('commit', commit.promise);
    gate.resolve();
    await world.quiet();
    expect(
      fates.map(({ fate }) => fate),
      'its outcome is not committed',
    ).to.deep.equal([undefined, undefined]);
    store.holdBefore.clear();
    commit.resolve();
    await world.quiet();
    expect(fates.map(({ fate }) => fate)).to.deep.equal(['processed', 'processed']);
    expect(world.signalFailures.map(({ operation }) => operation)).to.deep.equal(['fail']);
  });

  it('a ticket is valid in the next process, with the message in memory or already gone', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise)]);
    const first = await world.start();
    const ticket = await world.until(first.client.signalEntity(id('Gated', 'a'), 'add'));
    first.crash();
    const second = await world.start();
    const waiting = fateOf(second.client.processed(ticket));
    await world.quiet();
    expect(waiting.fate).to.equal(undefined);
    gate.resolve();
    await world.quiet();
    expect(waiting.fate).to.equal('processed');
    second.crash();
    const third = await world.start();
    await world.until(third.client.processed(ticket));
    expect(world.state('Gated', 'a')).to.equal(1);
  });

  it('the ticket of a scheduled signal waits until the signal was due and has run', async () => {
    const world = new World([counter]);
    const { client } = await world.start();
    const scheduledTime = world.time.wallMs() + 5_000;
    const ticket = await world.until(client.signalEntity(id('Counter', 'a'), 'add', 3, { scheduledTime }));
    const reading = client.readEntityState(id('Counter', 'a'), { after: ticket });
    const waiting = fateOf(reading);
    await world.pass(4_900);
    expect(waiting.fate).to.equal(undefined);
    expect((await world.until(reading)).entityState).to.equal(3);
  });

  it('the ticket of a repeat is that of the first signal: in the same batch, later, and in another process', async () => {
    const gate = deferred();
    const world = new World([gated(gate.promise)]);
    const first = await world.start();
    const signal = ({ client }: Process) => client.signalEntity(id('Gated', 'a'), 'add', 1, { requestId: 'r' });
    const tickets: string[] = await world.until(Promise.all([signal(first), signal(first)]));
    tickets.push(await world.until(signal(first)));
    first.crash();
    const second = await world.start();
    tickets.push(await world.until(signal(second)));
    expect(new Set(tickets).size).to.equal(1);
    expect(waitingRows(tickets[0] as string)).to.equal(1);
    const scheduled = ({ client }: Process) =>
      client.signalEntity(id('Gated', 'a'), 'add', 1, { requestId: 's', scheduledTime: world.time.wallMs() + 60_000 });
    const later = await world.until(Promise.all([scheduled(second), scheduled(second)]));
    expect(new Set(later).size).to.equal(1);
    expect(later[0]).not.to.equal(tickets[0]);
    gate.resolve();
    await world.until(second.client.processed(tickets[3] as string));
    expect(await world.until(signal(second)), 'a repeat long after').to.equal(tickets[0]);
    await world.until(second.client.processed(await world.until(signal(second))));
    expect(world.state('Gated', 'a')).to.equal(1);
  });

  it('the wait for a ticket has a timeout, and rejects if the host has stopped', async () => {
    const world = new World([gated(new Promise(() => {}))]);
    const { client, engine } = await world.start();
    const ticket = await world.until(client.signalEntity(id('Gated', 'a'), 'add'));
    const late = await world.until(failure(client.processed(ticket, { timeout: '5s' })));
    expect(late.name).to.equal('TimeoutError');
    expect(
      (await world.until(failure(client.readEntityState(id('Gated', 'a'), { after: ticket, timeout: 10 })))).name,
    ).to.equal('TimeoutError');
    const waiting = fateOf(client.processed(ticket));
    await world.until(engine.stop(), 60_000);
    await world.quiet();
    expect(waiting.fate).to.equal('HostStoppedError');
    expect((await world.until(failure(client.processed(ticket)))).name).to.equal('HostStoppedError');
  });

  it('the ticket of a message that was set aside rejects, before and afterwards', async () => {
    const world = new World([gated(new Promise(() => {}))]);
    const first = await world.start();
    const ticket = await world.until(first.client.signalEntity(id('Gated', 'a'), 'add'));
    first.die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    for (const [row, message] of world.database.inbox) world.database.inbox.set(row, { ...message, attempts: 3 });
    const second = await world.start();
    // The backlog is in memory before the first batch: it waits for the commit that sets the message aside.
    const errors = [await world.until(failure(second.client.processed(ticket)))];
    errors.push(await world.until(failure(second.client.processed(ticket))));
    errors.push(await world.until(failure(second.client.readEntityState(id('Gated', 'a'), { after: ticket }))));
    expect(errors.map(({ name }) => name)).to.deep.equal(Array(3).fill('MessageAbandonedError'));
    const [letter] = await world.until(second.engine.deadLetters({ limit: 1 }));
    await world.until(second.client.deadLetters().discard(letter?.id as number));
    await world.until(second.client.processed(ticket));
  });

  it('processed() rejects a text that is not a ticket', async () => {
    const world = new World([counter]);
    const { client } = await world.start();
    const wrong = [
      '',
      't1.',
      't1.z',
      't1..a',
      't1.0.%40a%40b',
      't1.-1.x',
      't2.1.x',
      't1.zzzzzzzzzzz.x',
      't1.1-2-3.x',
      't1.1.%E0',
      7,
      null,
    ];
    for (const ticket of wrong) {
      const error = await failure(client.processed(ticket as string));
      expect([error.name, (error as { argument?: string }).argument], String(ticket)).to.deep.equal([
        'InvalidArgumentError',
        'ticket',
      ]);
    }
    const key = 'ключ \n/+%"\u{1F600}';
    const ticket = ticketOf(`@a@${key}`, [2 ** 32 + 7]);
    expect(ticket).to.match(/^[!-~]+$/);
    expect(readTicket(ticket)).to.deep.equal({ rows: [2 ** 32 + 7], target: `@a@${key}` });
  });

  atEveryAccess(
    'a ticket is valid in the next process after a fault',
    () => new World([counter, list, slowList]),
    story,
  );
});

/** Sends signals with request ids and waits for each by its ticket, going on in the next process when one dies. */
async function story(world: World): Promise<void> {
  const sender = new Sender('s', new Switchboard(world), new Journal());
  const told = async () => {
    for (let i = 0; i < 2; i++) {
      await sender.appendAndRead('List', 'l');
      await sender.appendAndRead('SlowList', 's');
    }
  };
  await world.until(told());
  sender.journal.check(world);
}
