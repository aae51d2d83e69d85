import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableHost, EntityId, defineEntity } from 'durable-entities';
import { BareCounter, ContractCounter } from './counters.js';
import { Contact, User } from './user.js';

const folder = await mkdtemp(join(tmpdir(), 'user-with-contacts-'));
const start = (...register: unknown[]): Promise<DurableHost> =>
  DurableHost.start({ storage: join(folder, 'users.db'), register });

{
  await using host = await start(User, ContractCounter, BareCounter);
  const { client } = host;
  await client.callEntity(User, 'ann', (user) => user.introduce({ name: 'Ann', yearOfBirth: 1970 }));
  for (const contact of [new Contact('Bob', '555-0101'), new Contact('Cid', '555-0102')]) {
    console.log(await client.callEntity(User, 'ann', (user) => user.addContact(contact)));
  }
  await client.callEntity(User, 'ann', (user) => user.seenAt(new Date('2026-01-31T12:00:00Z')));
  for (const type of [ContractCounter, BareCounter]) await client.callEntity(type, 'c', (counter) => counter.add(5));
}

// Another process on another day reads everything from the database.
{
  await using host = await start(User, ContractCounter, BareCounter);
  const { client } = host;
  console.log('address book', await client.callEntity(User, 'ann', (user) => user.addressBook()));
  const newYear = new Date('2026-01-01T12:00:00Z');
  console.log('days        ', await client.callEntity(User, 'ann', (user) => user.daysSince(newYear)));
  console.log('since loaded', await client.callEntity(User, 'ann', (user) => user.countSinceLoaded()));
  // The same state as data, without methods:
  const { entityState: user } = await client.readEntityState(User, 'ann');
  console.log(user?.name, user?.yearOfBirth, user?.timestamp, user?.contacts.size);
}

// The stored form: a function entity sees the plain JSON that the class stored.
{
  await using host = await start(
    ...['User', 'ContractCounter', 'BareCounter'].map((name) =>
      defineEntity(name, { effects: 'none' }, (context) => context.getState()),
    ),
  );
  const { client } = host;
  console.log(JSON.stringify(await client.callEntity(new EntityId('User', 'ann'), 'show'), null, 2));
  console.log('by contract', await client.callEntity(new EntityId('ContractCounter', 'c'), 'show'));
  console.log('bare       ', await client.callEntity(new EntityId('BareCounter', 'c'), 'show'));
}

await rm(folder, { recursive: true });
