import { DurableHost, Entity, Operation } from 'durable-entities';
import { InvalidInputError } from 'durable-entities/errors';

// #region zod
import * as z from 'zod';

const Transfer = z.object({ to: z.string().min(1), cents: z.int().min(1) });

@Entity({ effects: 'none' })
class Account {
  cents = 100;

  // The type of the parameter comes from the schema.
  @Operation({ input: Transfer })
  async send({ to, cents }: z.infer<typeof Transfer>): Promise<string> {
    this.cents -= cents;
    return `${cents} to ${to}`;
  }
}
// #endregion

// #region valibot
import * as v from 'valibot';

const Guest = v.object({ name: v.pipe(v.string(), v.trim(), v.nonEmpty('a name is missing')) });

@Entity({ effects: 'none' })
class Party {
  guests: string[] = [];

  // The operation receives what the schema makes of the input, here a name without spaces around it.
  @Operation({ input: Guest })
  async invite({ name }: v.InferOutput<typeof Guest>): Promise<string[]> {
    this.guests.push(name);
    return this.guests;
  }
}
// #endregion

// #region class-validator
import { Type } from 'class-transformer';
import { IsInt, Length, Min, ValidateNested } from 'class-validator';
import { classValidator } from 'durable-entities/class-validator';

class Address {
  @Length(2, 20)
  city = '';
}

class Order {
  @IsInt()
  @Min(1)
  count = 0;

  @ValidateNested()
  @Type(() => Address)
  address = new Address();

  label(): string {
    return `${this.count} to ${this.address.city}`;
  }
}

@Entity({ effects: 'none' })
class Shop {
  orders: string[] = [];

  // The operation receives an object of the class, with its methods.
  @Operation({ input: classValidator(Order, { whitelist: true, forbidNonWhitelisted: true }) })
  async place(order: Order): Promise<string> {
    this.orders.push(order.label());
    return order.label();
  }
}
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register: [Account, Party, Shop] });
const { client } = host;

// #region refused
try {
  await client.callEntity(Account, 'ann', (account) => account.send({ to: '', cents: 0.5 }));
} catch (error) {
  if (!(error instanceof InvalidInputError)) throw error;
  console.log('code    ->', error.code);
  console.log('message ->', error.message);
}
// #endregion

console.log('send    ->', await client.callEntity(Account, 'ann', (account) => account.send({ to: 'bob', cents: 30 })));
console.log('invite  ->', await client.callEntity(Party, 'may', (party) => party.invite({ name: '  Eve ' })));
const order = { count: 2, address: { city: 'Oslo' } };
console.log('place   ->', await client.callEntity(Shop, 'north', (shop) => shop.place(order as Order)));
const wrong = { count: 2, address: { city: 'X' }, discount: 5 };
await client
  .callEntity(Shop, 'north', (shop) => shop.place(wrong as unknown as Order))
  .catch((error: Error) => console.log('place   ->', error.message));

// #region described
const { entities } = await host.inspector.types();
const account = entities.find(({ name }) => name === 'account');
console.log('schema  ->', JSON.stringify(account?.operations?.find(({ name }) => name === 'send')?.input));
// #endregion
