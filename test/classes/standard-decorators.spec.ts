/** Classes with standard decorators, compiled without experimentalDecorators: see test/standard-decorators. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Container } from 'inversify';
import { EntityId, type OrchestrationContext } from '../../src/index.js';
import { RegistrationError } from '../../src/errors/index.js';
import { DurableModule } from '../../src/nestjs/index.js';
import { TestHost } from '../../src/testing/index.js';

const root = join(import.meta.dirname, '../../..');
const programs = join(root, 'dist/test/standard-decorators');

type Wrong = Record<string, () => new () => object>;

interface Basket {
  add(article: string): void;
  total(): Promise<number>;
  clear(): void;
  count(): Promise<number>;
  note(text: string): Promise<number>;
}

// eslint-disable-next-line typescript/no-explicit-any -- injected
type Class<T> = new (...args: any[]) => T;

/** The exports of test/standard-decorators/shop.ts. Its own types are checked where it is compiled. */
interface Shop {
  readonly Mailer: symbol;
  readonly Prices: Class<object>;
  readonly Basket: Class<Basket>;
  readonly Hamper: Class<Basket>;
  readonly Step2: Class<{ next(): Promise<number> }>;
  readonly CheckOut: Class<{ run(context: OrchestrationContext, key: string): Promise<string> }>;
  readonly SendReceipt: Class<object>;
}

describe('standard decorators', function () {
  let shop: Shop;
  let wrong: Wrong;

  before(async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'test/standard-decorators')]);
    shop = (await import(join(programs, 'shop.js'))) as Shop;
    wrong = (await import(join(programs, 'wrong.js'))) as Wrong;
  });

  function started() {
    const mails: string[] = [];
    const container = new Container();
    container.bind(shop.Mailer).toConstantValue({ send: (text: string) => mails.push(text) });
    const register = [shop.Basket, shop.Hamper, shop.Step2, shop.CheckOut, shop.SendReceipt];
    return { mails, host: TestHost.start({ register, container, strict: 'error' }) };
  }

  it('give entity, orchestration and activity classes their services by the option inject', async () => {
    const { mails, host: starting } = started();
    await using host = await starting;
    const run = await host.client.startNew(shop.CheckOut, { input: 'b1', instanceId: 'run-1' });
    expect(await host.until(run.result())).to.equal('paid 9');
    expect(mails).to.deep.equal(['b1 has 1 of any, tea', 'receipt for 9, of run-1']);
  });

  it('make typed proxies of a class, with inherited, renamed, read-only and one-way operations', async () => {
    const { host: starting } = started();
    await using host = await starting;
    const { client } = host;
    const id = new EntityId('Basket', 'b1');
    await client.signalEntity(shop.Basket, 'b1', (basket) => basket.add('tea'));
    expect(await host.until(client.callEntity(shop.Basket, 'b1', (basket) => basket.count()))).to.equal(1);
    expect(await host.until(client.callEntity(id, 'size'))).to.equal(1);
    expect(await host.until(client.callEntity(shop.Basket, 'b1', (basket) => basket.note('fragile')))).to.equal(1);
    await client.signalEntity(shop.Basket, 'b1', (basket) => basket.clear());
    expect(await host.until(client.callEntity(id, 'total'))).to.equal(0);
    expect(await host.until(client.callEntity(shop.Step2, 'a', (step) => step.next()))).to.equal(1);
    expect(host.logs.filter(({ level }) => level === 'warn')).to.deep.equal([]);
  });

  it('let a class without a constructor of its own have the services and operations of its base', async () => {
    const { mails, host: starting } = started();
    await using host = await starting;
    const hamper = new EntityId('Hamper', 'h1');
    await host.client.signalEntity(hamper, 'add', 'jam');
    expect(await host.until(host.client.callEntity(hamper, 'count'))).to.equal(-1);
    expect(await host.until(host.client.callEntity(hamper, 'note', 'heavy'))).to.equal(1);
    expect(mails).to.deep.equal(['h1 has 1 of any, jam']);
  });

  it('store the fields as @Annotate() says', async () => {
    const { host: starting } = started();
    const first = await starting;
    const id = new EntityId('Basket', 'b1');
    await first.client.signalEntity(id, 'add', 'tea');
    expect(await first.until(first.client.callEntity(id, 'total'))).to.equal(6);
    await using host = await first.crash();
    // The lines are read again as objects of their class.
    expect(await host.until(host.client.callEntity(id, 'total'))).to.equal(6);
    const { entityState } = await host.client.readEntityState(id);
    const state = entityState as { lines: unknown[]; begun: number };
    expect(Object.keys(state).sort()).to.deep.equal(['begun', 'lines', 'notes']);
    expect(state.lines).to.deep.equal([{ article: 'tea', pieces: 2 }]);
    expect(state.begun).to.equal(1);
  });

  it('give Nest the tokens of the option inject', () => {
    const { providers } = DurableModule.forFeature([shop.Basket]);
    const injected = providers?.flatMap((each) => (each as { inject?: unknown[] }).inject ?? []);
    expect(injected).to.deep.include.members([shop.Prices, shop.Mailer, { token: 'limit', optional: true }]);
  });

  for (const [use, ...problems] of [
    ['staticMember', 'Counter.add: a static method cannot be an operation'],
    ['privateMember', 'Counter.#add: a private method cannot be an operation: use `private add()`, without #'],
    ['field', 'Counter.total: only a method can be an operation'],
    ['twoParameters', 'Counter.add: an operation has at most one parameter'],
    [
      'tooFewTokens',
      'Counter: inject has 1 token, and the constructor has 2 parameters: name one token for each, or null for a value of dispatch',
    ],
    [
      'tooManyTokens',
      'Look: inject has 3 tokens, and the constructor has 1 parameter: name one token for each, or null for a value of dispatch',
    ],
    [
      'noTokens',
      'Look: constructor parameter 1 cannot be injected: name their tokens in the option inject of its decorator, ' +
        'mark each parameter @inject(...), or emit decorator metadata',
    ],
    ['undefinedToken', 'Look: inject[0] is undefined: a circular import? Give new LazyServiceIdentifier(() => Token)'],
    ['noToken', 'Look: inject[0] is 5, not a class, a text or a symbol'],
    [
      'unboundToken',
      'Look: constructor parameter 1 needs "clock", which is not bound: bind it in the container, or give it by `services`',
    ],
  ] as const) {
    it(`${use}: the start is refused, and says what to do`, async () => {
      const refused: unknown = await TestHost.start({ register: [wrong[use]!()] }).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RegistrationError);
      expect(refused).to.include({ code: 'DE_REGISTRATION' });
      expect((refused as RegistrationError).problems).to.deep.equal(problems);
    });
  }

  it('refuse @Entity() on a member while the class is made', () => {
    expect(() => wrong['entityOnMember']!())
      .to.throw(RegistrationError, '@Entity() decorates the member total, not a class')
      .with.property('code', 'DE_REGISTRATION');
  });

  for (const [use, what] of [
    ['excludedClass', 'class Account'],
    ['exposedAccessor', 'getter initial'],
  ] as const) {
    it(`${use}: the start is refused, because class-transformer ignores the annotation`, async () => {
      const refused: unknown = await TestHost.start({ register: [wrong[use]!()] }).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RegistrationError);
      expect((refused as RegistrationError).problems[0])
        .to.match(new RegExp(`^Account: an annotation of class-transformer on the ${what} was applied as a standard`))
        .and.to.contain('@Annotate({ password: Exclude() })');
    });
  }

  it('excludedField: class-transformer throws while the class is made', () => {
    expect(() => wrong['excludedField']!()).to.throw(TypeError);
  });

  it('noAnnotation: @Annotate() refuses what is no decorator', () => {
    expect(() => wrong['noAnnotation']!()).to.throw(
      RegistrationError,
      '@Annotate(): password is neither a decorator nor a list of decorators',
    );
  });
});
