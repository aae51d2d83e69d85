/** T21 M21: how states are typed that a client reads, watches and queries. Nothing here is run. */
import { entityInterface, Entity, TaskEntity } from '../../src/classes/index.js';
import type { DurableClient, EntityStateResponse, EntitySummary, StateOf } from '../../src/client.js';
import { EntityId } from '../../src/model/entity-id.js';

/** True for exactly the same type, `readonly` included. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<Proof extends true>(): Proof | undefined {
  return undefined;
}

interface BasketState {
  items: string[];
  total: number;
}

@Entity()
class Basket extends TaskEntity<BasketState> {
  /** A member of the class, which is not stored. */
  helper = 1;
  protected initializeState(): BasketState {
    return { items: [], total: 0 };
  }
  add(item: string): void {
    this.state.items.push(item);
  }
}

/** Of a class of an application's own between. */
abstract class Base<S> extends TaskEntity<S> {
  shared(): void {}
}
@Entity()
class Derived extends Base<{ size: number }> {
  protected initializeState(): { size: number } {
    return { size: 0 };
  }
}
@Entity()
class Tally extends TaskEntity<number> {
  protected initializeState(): number {
    return 0;
  }
}
@Entity()
class Names extends TaskEntity<Map<string, number>> {
  protected initializeState(): Map<string, number> {
    return new Map();
  }
}
class Money {
  cents = 0;
  plus(cents: number): void {
    this.cents += cents;
  }
}
@Entity()
class Purse extends TaskEntity<Money> {
  protected initializeState(): Money {
    return new Money();
  }
}
@Entity()
class Counter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
}

holds<Same<StateOf<Basket>, { readonly items: string[]; readonly total: number }>>();
holds<Same<StateOf<Derived>, { readonly size: number }>>();
holds<Same<StateOf<Tally>, number>>();
holds<Same<StateOf<Names>, Map<string, number>>>();
holds<Same<StateOf<Purse>, { readonly cents: number }>>();
holds<Same<StateOf<Counter>, { readonly value: number }>>();

interface ICounter {
  get(): Promise<number>;
}
const ICounter = entityInterface<ICounter>('ICounter', { get: 'call' });

export async function reads(client: DurableClient): Promise<void> {
  const { entityState } = await client.readEntityState(Basket, 'b');
  const items: string[] | undefined = entityState?.items;
  // @ts-expect-error -- a member of the class, not of its state
  void entityState?.helper;
  const { entityState: value } = await client.readEntityState(Counter, 'c', { after: 'ticket' });
  const number: number | undefined = value?.value;
  for await (const watched of client.watch(Basket, 'b')) {
    watched satisfies EntityStateResponse<{ readonly items: string[] }>;
    // @ts-expect-error -- a member of the class, not of its state
    void watched.entityState?.helper;
  }
  for await (const found of client.queryEntities(Basket, { includeState: true })) {
    found satisfies EntitySummary<{ readonly total: number }>;
    const total: number | undefined = found.entityState?.total;
    // @ts-expect-error -- no such field
    void found.entityState?.nothing;
    void total;
  }
  const { items: page, continuationToken } = await client.queryEntities(Counter).page({ size: 10 });
  const first: number | undefined = page[0]?.entityState?.value;
  const next = await client.queryEntities(Counter).page({ after: continuationToken });
  const count: number = await client.queryEntities(ICounter, { keyPrefix: 'a' }).count();
  for await (const found of client.queryEntities({ name: 'Counter' })) found.entityState satisfies unknown;
  // @ts-expect-error -- the token names the entity
  client.queryEntities(Counter, { name: 'Counter' });
  // @ts-expect-error -- no such option
  client.queryEntities({ names: 'Counter' });
  // @ts-expect-error -- no such option
  await client.queryEntities(Counter).page({ pageSize: 10 });
  void [items, number, first, next, count];
}

export async function sends(client: DurableClient, id: EntityId): Promise<void> {
  await client.signalEntity(id, 'add', 1, { timeout: '5s', retry: { maxAttempts: 3 }, requestId: 'r' });
  await client.startNew('Run', { timeout: 1_000, retry: { maxAttempts: 3 } });
  await client.cancelSignal(id, 'alarm', { timeout: '1s' });
  await client.cancelSignal(Counter, 'a', 'alarm', { timeout: '1s' });
  const sender = client.within(undefined as never);
  await sender.signalEntity(id, 'add', 1, { requestId: 'r' });
  // @ts-expect-error -- nothing is waited for in a transaction
  await sender.signalEntity(id, 'add', 1, { timeout: '5s' });
  id.equals(null) satisfies boolean;
}
