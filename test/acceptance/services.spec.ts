import { expect } from 'chai';
import { Container, inject, injectable, LazyServiceIdentifier, optional } from 'inversify';
import {
  Activity,
  Entity,
  EntityId,
  Operation,
  Orchestration,
  type ActivityContext,
  type OrchestrationContext,
} from '../../src/index.js';
import { InvalidArgumentError, RegistrationError } from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { refusal } from './world.js';

/** A service with a dependency that only the application's own container can build. */
@injectable()
class Mailer {
  static built = 0;
  readonly number = ++Mailer.built;
  constructor(readonly url: string) {}
  send(text: string): string {
    return `${this.url}:${text}`;
  }
}
@injectable()
class Postcards {
  constructor(readonly mailer: Mailer) {}
}
const audit = Symbol('audit');

@Entity()
class Account {
  balance = 0;
  constructor(
    private readonly postcards: Postcards,
    @inject(audit) private readonly lines: string[],
  ) {}
  @Operation() async deposit(amount: number): Promise<string> {
    this.balance += amount;
    this.lines.push(`deposit ${amount}`);
    return `${this.postcards.mailer.send(String(this.balance))} #${this.postcards.mailer.number}`;
  }
}

@Activity()
class Notify {
  constructor(private readonly mailer: Mailer) {}
  async run(_context: ActivityContext, text: string): Promise<string> {
    return this.mailer.send(text);
  }
}

@Orchestration()
class Welcome {
  async run(context: OrchestrationContext, name: string): Promise<string> {
    return context.callActivity(Notify, name);
  }
}

/** The container of an application: it has objects by token, and says so. */
function resolver(entries: readonly (readonly [unknown, () => unknown])[]) {
  const services = new Map(entries);
  const asked: unknown[] = [];
  return {
    asked,
    has: (token: unknown) => services.has(token),
    get(token: unknown) {
      asked.push(token);
      return services.get(token)!();
    },
  };
}

const at = (type: { name: string }, key = 'k') => new EntityId(type.name, key);

acceptance('services of another container', twoSettings, (world) => {
  it('M4: the resolver gives services to entities, to classes that they need, and to activities', async () => {
    const mailer = new Mailer('smtp');
    const lines: string[] = [];
    const services = resolver([
      [Mailer, () => mailer],
      [audit, () => lines],
    ]);
    const client = await world().start([Account, Notify, Welcome], { services });
    expect(await client.callEntity(at(Account), 'deposit', 5)).to.equal(`smtp:5 #${mailer.number}`);
    expect(await client.callEntity(at(Account, 'other'), 'deposit', 7)).to.equal(`smtp:7 #${mailer.number}`);
    expect(lines).to.deep.equal(['deposit 5', 'deposit 7']);
    expect(await (await client.startNew(Welcome, { input: 'Ann' })).result()).to.equal('smtp:Ann');
  });

  it('M4: an activity that the resolver has is its object, and is not built a second time', async () => {
    const own = new Notify(new Mailer('own'));
    const built = Mailer.built;
    const client = await world().start([Notify, Welcome], { services: resolver([[Notify, () => own]]) });
    expect(await (await client.startNew(Welcome, { input: 'Bob' })).result()).to.equal('own:Bob');
    expect(Mailer.built).to.equal(built);
  });

  it('M4: the resolver comes before the container, and the container has the rest', async () => {
    const container = new Container();
    container.bind(audit).toConstantValue(['from the container']);
    container.bind(Mailer).toConstantValue(new Mailer('container'));
    const services = resolver([[Mailer, () => new Mailer('resolver')]]);
    const client = await world().start([Account], { container, services });
    expect(await client.callEntity(at(Account), 'deposit', 1)).to.match(/^resolver:1 /);
    expect(container.get<string[]>(audit)).to.deep.equal(['from the container', 'deposit 1']);
  });

  it('M4: the start names each class, parameter and token of the whole graph that nothing can give', async () => {
    const error = await refusal(world().start([Account, Notify]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Account > Postcards > Mailer: constructor parameter 1 needs String');
    expect(error.message).to.contain('Account: constructor parameter 2 needs Symbol(audit), which is not bound');
    expect(error.message).to.contain('Notify > Mailer: constructor parameter 1 needs String');
  });

  it('M4: with autobind false the start refuses a class that it would have to build, and names it', async () => {
    const services = resolver([
      [Mailer, () => new Mailer('smtp')],
      [audit, () => []],
    ]);
    const options = { services, autobind: false };
    const error = await refusal(world().start([Account, Notify], options), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain(
      'Account: constructor parameter 1 needs Postcards, which is not bound, and autobind is false',
    );
    expect(error.message).to.not.contain('Notify');
    const whole = resolver([
      [Postcards, () => new Postcards(new Mailer('whole'))],
      [Mailer, () => new Mailer('smtp')],
      [audit, () => []],
    ]);
    const client = await world().start([Account, Notify, Welcome], { services: whole, autobind: false });
    expect(await client.callEntity(at(Account), 'deposit', 2)).to.match(/^whole:2 /);
    expect(await (await client.startNew(Welcome, { input: 'Cay' })).result()).to.equal('smtp:Cay');
  });

  it('M4: a service that is optional, lazy, or has a default does not stop the start', async () => {
    @Entity()
    class Relaxed {
      seen = '';
      constructor(
        @inject('absent') @optional() private readonly absent: string | undefined,
        @inject(new LazyServiceIdentifier(() => audit)) private readonly lines: string[],
      ) {}
      @Operation() async show(): Promise<string> {
        return (this.seen = `${this.absent} ${this.lines.length}`);
      }
    }
    const client = await world().start([Relaxed], { services: resolver([[audit, () => ['one']]]) });
    expect(await client.callEntity(at(Relaxed), 'show')).to.equal('undefined 1');
  });

  it('M4: constructors that need each other are refused at the start with the chain', async () => {
    @injectable()
    class Hen {
      constructor(@inject(new LazyServiceIdentifier(() => Egg)) readonly egg: unknown) {}
    }
    @injectable()
    class Egg {
      constructor(readonly hen: Hen) {}
    }
    @Activity()
    class Breakfast {
      constructor(private readonly egg: Egg) {}
      async run(): Promise<unknown> {
        return this.egg.hen;
      }
    }
    const error = await refusal(world().start([Breakfast]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain(
      'Breakfast > Egg > Hen: constructor parameter 1 needs Egg, and so the constructors need each other',
    );
  });

  it('M4: a class of parameters that TypeScript did not record is named, with the remedy', async () => {
    class Plain {
      constructor(readonly url: string) {}
    }
    @Activity()
    class Uses {
      constructor(private readonly plain: Plain) {}
      async run(): Promise<string> {
        return this.plain.url;
      }
    }
    const error = await refusal(world().start([Uses]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Uses > Plain: no type is recorded for constructor parameter 1');
    expect(error.message).to.contain('@injectable()');
  });

  it('M4: services that are made asynchronously by the resolver are refused, and its errors fail the call', async () => {
    const late = resolver([
      [Mailer, async () => new Mailer('late')],
      [audit, () => []],
    ]);
    const error = await refusal(world().start([Account], { services: late }), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('made asynchronously');
    const broken = resolver([
      [Mailer, () => new Mailer('smtp')],
      [
        audit,
        () => {
          throw new RangeError('not now');
        },
      ],
    ]);
    const client = await world().start([Account], { services: broken });
    const failed = await client.callEntity(at(Account), 'deposit', 1).catch((each: unknown) => each);
    expect(failed).to.have.property('code', 'DE_CONSTRUCTION');
    expect((failed as Error).message).to.contain('not now');
  });

  it('M4: services and autobind are checked at the start', async () => {
    for (const services of [{}, { has: () => true }, 5, null]) {
      const error = await refusal(
        world().start([Welcome, Notify], { services: services as never }),
        InvalidArgumentError,
        'DE_INVALID_ARGUMENT',
      );
      expect(error.message).to.contain('services');
    }
    const error = await refusal(
      world().start([Welcome], { autobind: 'no' as never }),
      InvalidArgumentError,
      'DE_INVALID_ARGUMENT',
    );
    expect(error.message).to.contain('autobind');
  });
});
