// #region token
import { DurableHost, Entity, EntityId, entityInterface } from 'durable-entities';

interface IInbox {
  post(message: string): void; // 'signal': a proxy sends it, without an answer
  unread(): Promise<number>; // 'call': a proxy sends it and awaits the answer
}
const IInbox = entityInterface<IInbox>('IInbox', { post: 'signal', unread: 'call' });

@Entity({ implements: [IInbox], effects: 'none' })
class Inbox implements IInbox {
  messages: string[] = [];

  post(message: string): void {
    this.messages.push(message);
  }

  async unread(): Promise<number> {
    return this.messages.length;
  }
}
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register: [Inbox] });
const { client } = host;

// #region signal
// Resolves when the signal is durable. The entity applies it soon, exactly once.
await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('hello'));

// The same without types: an id, the name of the operation, its input.
await client.signalEntity(new EntityId('Inbox', 'ann'), 'post', 'hello again');
// #endregion

// #region call
// Resolves with the answer when the answer is durable. The entity has applied all earlier signals of this client.
const unread = await client.callEntity(IInbox, 'ann', (inbox) => inbox.unread(), { timeout: '5s' });
console.log('unread        ->', unread);
// #endregion

// #region request-id
for (let attempt = 1; attempt <= 3; attempt++) {
  await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('invoice 17'), { requestId: 'invoice-17' });
}
console.log('after repeats ->', await client.callEntity(IInbox, 'ann', (inbox) => inbox.unread()));
// #endregion

// #region scheduled
const inAnHour = new Date(Date.now() + 3_600_000);
await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('tea time'), { scheduledTime: inAnHour });
// #endregion

// #region named
const tomorrow = new Date(Date.now() + 24 * 3_600_000);
const remind = { scheduledTime: inAnHour, name: 'pay' };
await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('please pay'), remind);

// The same name: this signal replaces the waiting one.
await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('pay!'), { scheduledTime: tomorrow, name: 'pay' });

console.log('cancelled     ->', await client.cancelSignal(IInbox, 'ann', 'pay'));
console.log('once more     ->', await client.cancelSignal(IInbox, 'ann', 'pay'));
// #endregion

// #region read
const { entityExists, entityState } = await client.readEntityState(Inbox, 'ann');
if (entityExists) console.log('last message  ->', entityState?.messages.at(-1));
// #endregion

// #region ticket
const ticket = await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('see you'));

// Waits until the signal has been processed, and then reads. This works in another process too, and after a restart.
const mine = await client.readEntityState(Inbox, 'ann', { after: ticket, timeout: '5s' });
console.log('my own write  ->', mine.entityState?.messages.at(-1));
// #endregion

// #region watch
// Yields the current state, and then later states. A slow loop skips states, but never the newest.
for await (const { entityState } of client.watch(Inbox, 'ann')) {
  const count = entityState?.messages.length ?? 0;
  console.log('watched       ->', count);
  if (count === 5) break;
  await client.signalEntity(IInbox, 'ann', (inbox) => inbox.post('one more'));
}
// #endregion
