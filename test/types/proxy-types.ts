/** S30 S140: what the compiler refuses of proxies: wrong names, arguments too many, too few, of another type. Nothing here is run. */
import { Entity, Operation } from '../../src/classes/index.js';
import type {
  CallProxy,
  EntityToken,
  OrchestrationContext,
  OrchestrationProxy,
  SignalProxy,
} from '../../src/functions/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { ICounter } from './api-programs.js';

@Entity()
class Account {
  balance = 0;
  @Operation() async pay(_cents: number): Promise<number> {
    return 0;
  }
  @Operation({ oneWay: true }) note(_text: string): void {}
}

export async function inAnOrchestration(context: OrchestrationContext): Promise<void> {
  const counter = context.createEntityProxy(ICounter, 'a');
  const n: number = await counter.get();
  counter.add(n);
  counter.delete() satisfies void;
  // @ts-expect-error -- no such operation
  counter.fly();
  // @ts-expect-error -- a number is needed
  counter.add('1');
  // @ts-expect-error -- an argument is missing
  counter.add();
  // @ts-expect-error -- one argument too many
  counter.add(1, 2);
  // @ts-expect-error -- no arguments
  await counter.get(1);
  // @ts-expect-error -- a number is answered
  const text: string = await counter.get();
  void text;
  // @ts-expect-error -- a void operation answers nothing
  counter.add(1).then(() => {});

  const account = context.createEntityProxy(Account, new EntityId('Account', 'a'));
  const paid: number = await account.pay(1);
  account.note(`${paid}`);
  // @ts-expect-error -- fields are no operations
  void account.balance;
  // @ts-expect-error -- neither an id nor a key
  context.createEntityProxy(Account, 5);
  // @ts-expect-error -- no token
  context.createEntityProxy('Account', 'a');
}

/** Options of calls, in each form. */
export async function tried(context: OrchestrationContext): Promise<void> {
  const counter = context.createEntityProxy(ICounter, 'a', { timeout: '5s', retry: { maxAttempts: 3 } });
  (await counter.get()) satisfies number;
  (await context.callEntity(ICounter, 'a', (proxy) => proxy.get(), { timeout: '5s' })) satisfies number;
  await context.callEntity<string>(new EntityId('counter', 'a'), 'get', 1, { retry: { maxAttempts: 3 } });
  // @ts-expect-error -- one-way operations have no answer
  await context.callEntity(ICounter, 'a', (proxy) => proxy.add(1));
  // @ts-expect-error -- attempts are counted
  await context.callEntity(ICounter, 'a', (proxy) => proxy.get(), { retry: {} });
  // @ts-expect-error -- no span of time
  context.createEntityProxy(ICounter, 'a', { timeout: 'soon' });
}

export function inALambda(context: OrchestrationContext): void {
  context.signalEntity(ICounter, 'a', (counter) => counter.add(1));
  context.signalEntity(ICounter, 'a', (counter) => counter.get());
  context.signalEntity(Account, 'a', (account) => account.pay(5), { scheduledTime: Date.now() + 1000, name: 'pay' });
  context.cancelSignal(Account, 'a', 'pay');
  // @ts-expect-error -- no name
  context.cancelSignal(Account, 'a');
  // @ts-expect-error -- a key alone names no entity
  context.cancelSignal('a', 'pay');
  // @ts-expect-error -- no such operation
  context.signalEntity(ICounter, 'a', (counter) => counter.fly());
  // @ts-expect-error -- text is no number
  context.signalEntity(ICounter, 'a', (counter) => counter.add('1'));
  // @ts-expect-error -- no such option
  context.signalEntity(ICounter, 'a', (counter) => counter.add(1), { delay: 5 });
}

declare function callEntity<T, R>(
  token: EntityToken<T>,
  key: string,
  call: (proxy: CallProxy<T>) => Promise<R>,
): Promise<R>;

export async function inACall(): Promise<void> {
  const value: number = await callEntity(ICounter, 'a', (counter) => counter.get());
  const paid: number = await callEntity(Account, 'a', (account) => account.pay(value));
  void paid;
  // @ts-expect-error -- `add` is a signal: it has no answer
  await callEntity(ICounter, 'a', (counter) => counter.add(1));
  // @ts-expect-error -- the operation's promise is to be returned
  await callEntity(ICounter, 'a', () => 5);
  // @ts-expect-error -- a number is answered
  const text: string = await callEntity(ICounter, 'a', (counter) => counter.get());
  void text;
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
function holds<_T extends true>(): void {}
holds<Same<keyof CallProxy<ICounter>, 'reset' | 'get'>>();
holds<Same<keyof SignalProxy<ICounter>, keyof ICounter>>();
holds<Same<keyof OrchestrationProxy<Account>, 'pay' | 'note'>>();
holds<Same<ReturnType<SignalProxy<ICounter>['get']>, void>>();
holds<Same<ReturnType<OrchestrationProxy<ICounter>['get']>, Promise<number>>>();
