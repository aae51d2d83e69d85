import { rm } from 'node:fs/promises';
import { DurableHost, EntityId, StateDeserializationError } from 'durable-entities';

// #region shape
import { Exclude, Expose, Type } from 'class-transformer';
import { Entity, Operation } from 'durable-entities';

class Address {
  city = '';
}

@Entity({ effects: 'none' })
class Person {
  name = ''; // stored: it has an initialiser
  @Expose() nickname?: string; // stored: it has a mark, so it needs no initialiser
  @Expose({ name: 'born' }) yearOfBirth = 0; // stored as "born"
  @Type(() => Address) addresses = new Map<string, Address>(); // the class of the values in a collection
  @Exclude() lookups = 0; // not stored

  @Operation()
  async moveTo(city: string): Promise<number> {
    const address = new Address();
    address.city = city;
    this.addresses.set(`home ${this.addresses.size + 1}`, address);
    return this.addresses.size;
  }
}
// #endregion

const storage = 'state-and-class-changes.db';
await using first = await DurableHost.start({ storage, register: [Person] });
console.log('addresses ->', await first.client.callEntity(Person, 'ann', (person) => person.moveTo('Utrecht')));
const { entityState } = await first.client.readEntityState(Person, 'ann');
console.log('as data   ->', entityState?.addresses.get('home 1')?.city);
await first.stop();

// #region before
@Entity({ name: 'Article', effects: 'none' })
class FirstArticle {
  title = '';
  price = 0;

  @Operation()
  async setPrice(price: number): Promise<void> {
    this.price = price;
  }
}
// #endregion

// #region versions
/** The class a year later. `cents` has replaced `price`, which was in euros. */
@Entity({
  name: 'Article',
  effects: 'none',
  version: 2,
  upgrade(state, from) {
    const { price, ...rest } = state as { price: number }; // as version `from` stored it
    return { ...rest, cents: Math.round(price * 100), upgradedFrom: from };
  },
})
class Article {
  title = '';
  cents = 0;
  upgradedFrom = 0;
  currency = 'EUR'; // a new field: entities that were stored without it get this value

  @Operation()
  async text(): Promise<string> {
    return `${this.cents} cents, ${this.currency}, upgraded from version ${this.upgradedFrom}`;
  }
}
// #endregion

const article = new EntityId('Article', 'cup');
await using old = await DurableHost.start({ storage, register: [FirstArticle] });
await old.client.callEntity(article, 'setPrice', 4.5);
await old.stop();
await using today = await DurableHost.start({ storage, register: [Article] });
console.log('upgraded  ->', await today.client.callEntity(article, 'text'));
await today.stop();

// #region unreadable
/** The stored name is not a number: the host refuses the stored state, and keeps it. */
@Entity({ name: 'Person', effects: 'none' })
class NumberedPerson {
  name = 0;

  @Operation()
  async get(): Promise<number> {
    return this.name;
  }
}
// #endregion

const ann = new EntityId('Person', 'ann');
await using wrong = await DurableHost.start({ storage, register: [NumberedPerson] });
const error: unknown = await wrong.client.callEntity(ann, 'get').catch((thrown: unknown) => thrown);
console.log('refused   ->', error instanceof StateDeserializationError && `${error.code} at ${error.path}`);
await wrong.client.callEntity(ann, 'delete');
console.log('deleted   ->', await wrong.client.callEntity(ann, 'get'));
await wrong.stop();
for (const file of [storage, `${storage}-owner`]) await rm(file, { force: true });
