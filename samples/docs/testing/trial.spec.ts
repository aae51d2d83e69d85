// #region start
import { Container } from 'inversify';
import { TestHost } from 'durable-entities/testing';
import { Account, MailServer, SendMail, trial, type Mail } from './trial.js';

/** A stand-in for the mail server. It keeps the sent mails, each id once. */
class Mailbox extends MailServer {
  readonly mails = new Map<string, Mail>();

  override async send(mail: Mail): Promise<void> {
    this.mails.set(mail.id, mail);
  }

  get texts(): string[] {
    return [...this.mails.values()].map(({ text }) => text);
  }
}

const mailbox = new Mailbox();

/** Code and services of the application, with the stand-in. */
function application() {
  const container = new Container();
  container.bind(MailServer).toConstantValue(mailbox);
  return { register: [Account, SendMail, trial], container };
}

/** A new host for each test, in virtual time. It writes nothing to disk. */
function testHost(): Promise<TestHost> {
  mailbox.mails.clear();
  return TestHost.start(application());
}
// #endregion

// #region time
import { expect } from 'chai';

describe('a trial', () => {
  it('reminds after a week', async () => {
    await using host = await testHost();
    await host.client.startNew(trial, { input: 'ann' });
    await host.advance('6 days');
    expect(mailbox.texts).to.deep.equal([]);
    await host.advance('1 day');
    expect(mailbox.texts).to.deep.equal(['seven days left']);
  });

  it('ends well when somebody pays', async () => {
    await using host = await testHost();
    const run = await host.client.startNew(trial, { input: 'ann' });
    await host.advance('3 days');
    await run.raiseEvent('paid');
    expect(await run.result()).to.equal('paid');
  });

  it('is closed after 14 days', async () => {
    await using host = await testHost();
    const run = await host.client.startNew(trial, { input: 'ann' });
    expect(await host.until(run.result())).to.equal('closed');
    expect(host.now.toISOString()).to.equal('2026-01-15T00:00:00.000Z');
    const { entityState } = await host.client.readEntityState(Account, 'ann');
    expect(entityState?.plan).to.equal('closed');
  });
});
// #endregion

// #region faults
describe('a trial, when things go wrong', () => {
  it('tries a mail again after an hour', async () => {
    await using host = await testHost();
    host.faults.failActivity(SendMail, new Error('no line'));
    await host.client.startNew(trial, { input: 'ann' });
    await host.advance('7 days');
    expect(mailbox.texts).to.deep.equal([]);
    await host.advance('1 hour');
    expect(mailbox.texts).to.deep.equal(['seven days left']);
  });

  it('goes on after a crash, also when nobody was there in time', async () => {
    await using host = await testHost();
    const { instanceId } = await host.client.startNew(trial, { input: 'ann' });
    await host.advance('1 day');
    await using next = await host.crash({ downFor: '30 days' });
    await next.idle();
    expect(mailbox.texts).to.deep.equal(['seven days left']);
    expect(await next.until(next.client.run(trial, instanceId).result())).to.equal('closed');
  });

  it('sends no mail twice, although an activity may run twice', async () => {
    await using host = await testHost();
    host.faults.repeat(SendMail);
    const run = await host.client.startNew(trial, { input: 'ann' });
    await host.until(run.result());
    expect(mailbox.texts).to.deep.equal(['seven days left', 'the trial is over']);
  });
});
// #endregion

// #region everywhere
import { crashEverywhere } from 'durable-entities/testing';

it('a trial comes out the same, wherever the process dies', async () => {
  const crashes = await crashEverywhere(application(), {
    prepare: () => mailbox.mails.clear(),
    act: async (host) => {
      // The kit calls `act` again after the crash, as a client would. The same instance id refers to the same run.
      const run = await host.client.startNew(trial, { input: 'ann', instanceId: 'trial-of-ann' });
      await host.until(run.result());
    },
    check: async (host) => {
      expect(mailbox.texts).to.deep.equal(['seven days left', 'the trial is over']);
      const { entityState } = await host.client.readEntityState(Account, 'ann');
      expect(entityState?.plan).to.equal('closed');
    },
  });
  expect(crashes).to.be.greaterThan(5);
});
// #endregion

// #region operation
import { runOperation } from 'durable-entities/testing';

it('a closed account takes no money', async () => {
  const { error, state } = await runOperation(Account, 'pay', undefined, { state: { plan: 'closed' } });
  expect(error?.cause).to.have.property('message', 'the account is closed');
  expect(state?.plan).to.equal('closed');
});
// #endregion

// #region replay
import { defineOrchestration } from 'durable-entities';
import { replay } from 'durable-entities/testing';
import { runTrial } from './trial.js';

describe('new code on trials that are under way', () => {
  it('asks for the same, in the same order', async () => {
    await using host = await testHost();
    const run = await host.client.startNew(trial, { input: 'ann' });
    await host.advance('8 days');
    const history = await host.history(run);

    // A history from a file, or from readHistory('production.db', instanceId), is replayed in the same way.
    expect(await replay(history, trial, { register: [Account] })).to.deep.equal({ status: 'running' });

    const hasty = defineOrchestration('Trial', async (context, name: string): Promise<'paid' | 'closed'> => {
      await context.createTimer('1 hour');
      return runTrial(context, name);
    });
    const refused = await replay(history, hasty, { register: [Account] }).catch((error: Error) => error);
    expect(refused).to.have.property('name', 'NonDeterministicOrchestrationError');
  });
});
// #endregion
