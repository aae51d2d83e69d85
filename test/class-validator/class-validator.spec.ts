import { Type } from 'class-transformer';
import { IsInt, IsString, Length, Min, ValidateBy, ValidateNested } from 'class-validator';
import { expect } from 'chai';
import { classValidator } from '../../src/class-validator/index.js';
import { InvalidArgumentError, InvalidInputError } from '../../src/errors/index.js';
import { Entity, EntityId, Operation } from '../../src/index.js';
import { TestHost } from '../../src/testing/index.js';

class Address {
  @IsString()
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

class Reserved {
  @ValidateBy({
    name: 'free',
    validator: { validate: async (name) => name !== 'taken', defaultMessage: () => 'in use' },
  })
  name = '';
}

@Entity()
class Shop {
  orders: string[] = [];

  @Operation({ input: classValidator(Order, { whitelist: true, forbidNonWhitelisted: true }) })
  async place(order: Order): Promise<string> {
    this.orders.push(order.label());
    return order.label();
  }

  @Operation({ input: classValidator(Reserved) })
  async reserve(reserved: Reserved): Promise<string> {
    return reserved.name;
  }

  @Operation({ input: Order })
  async unchecked(order: Order): Promise<string> {
    return order.label();
  }
}

const shop = new EntityId('Shop', 'north');

async function started() {
  return TestHost.start({ register: [Shop], strict: 'warn' });
}

async function refusal(host: TestHost, operation: string, input: unknown): Promise<InvalidInputError> {
  const failed: unknown = await host.client.callEntity(shop, operation, input).catch((error: unknown) => error);
  expect(failed).to.be.instanceOf(InvalidInputError);
  return failed as InvalidInputError;
}

describe('classValidator', () => {
  it('M11: an operation receives an object of the class, also within it', async () => {
    await using host = await started();
    const made = await host.client.callEntity(shop, 'place', { count: 2, address: { city: 'Oslo' } });
    expect(made).to.equal('2 to Oslo');
  });

  it('M11: a refused input names each property and its problem, and changes nothing', async () => {
    await using host = await started();
    const { message, code } = await refusal(host, 'place', { count: 0, address: { city: 'X' } });
    expect(code).to.equal('DE_INVALID_INPUT');
    expect(message).to.contain('count: count must not be less than 1');
    expect(message).to.contain('address.city: city must be longer than or equal to 2 characters');
    expect(await host.client.entityStatus(shop)).to.equal(undefined);
  });

  it('refuses properties that the class does not declare', async () => {
    await using host = await started();
    const input = { count: 1, address: { city: 'Rome' }, discount: 100 };
    expect((await refusal(host, 'place', input)).message).to.contain('discount: property discount should not exist');
  });

  for (const input of [undefined, null, 3, 'three', [], [{ count: 1 }], { count: 1, address: 'Rome' }]) {
    it(`refuses ${JSON.stringify(input) ?? 'an absent input'}`, async () => {
      await using host = await started();
      expect((await refusal(host, 'place', input)).code).to.equal('DE_INVALID_INPUT');
    });
  }

  it('awaits asynchronous validators', async () => {
    await using host = await started();
    expect(await host.client.callEntity(shop, 'reserve', { name: 'new' })).to.equal('new');
    expect((await refusal(host, 'reserve', { name: 'taken' })).message).to.contain('name: in use');
  });

  it('refuses a value that is not a class, and unknown options', () => {
    expect(() => classValidator({} as typeof Order)).to.throw(InvalidArgumentError, 'Invalid type: it is {}');
    expect(() => classValidator(Order, { strict: true } as object)).to.throw(InvalidArgumentError, 'strict');
  });

  it('M11: strict mode warns of a class with validators that is given without it', async () => {
    await using host = await started();
    expect(host.logs.map(({ message }) => message)).to.deep.equal([
      'Shop.unchecked: the input class Order has decorators of class-validator, which are not read. ' +
        'Give classValidator(Order) of durable-entities/class-validator.',
    ]);
  });
});
