/** Faults of states that were found by using version 0.1: rows T and G11 of the list of cases, through a host. */
import { expect } from 'chai';
import { Type } from 'class-transformer';
import { Container, inject, optional } from 'inversify';
import { defineEntity, Entity, EntityId, Operation, TaskEntity, type EntityContext } from '../../src/index.js';
import {
  EntityConstructionError,
  RegistrationError,
  StateDeserializationError,
  StateSerializationError,
} from '../../src/errors/index.js';
import type { StateType } from '../../src/functions/index.js';
import type { Json } from '../../src/model/values.js';
import { acceptance, allSettings, twoSettings } from './variants.js';
import { refusal, type World } from './world.js';

const id = (name: string, key = 'k') => new EntityId(name, key);

interface Flight {
  delay: number;
}

/** Keeps the last and the worst, which is one object for a while. */
function landed(state: Flights, delay: number): void {
  state.last = { delay };
  if (state.worst === null || delay > state.worst.delay) state.worst = state.last;
  state.all.set(`flight ${state.all.size}`, state.last);
}

interface Flights {
  last: Flight | null;
  worst: Flight | null;
  all: Map<string, Flight>;
}

@Entity({ effects: 'none' })
class ClassFlights implements Flights {
  last: Flight | null = null;
  worst: Flight | null = null;
  all = new Map<string, Flight>();
  @Operation({ oneWay: true }) land(delay: number): void {
    landed(this, delay);
  }
  @Operation({ oneWay: true }) correct(delay: number): void {
    this.last!.delay = delay;
  }
  /** Changes nothing, and leaves an alias of the same JSON. */
  @Operation() async alias(): Promise<void> {
    if (this.last!.delay === this.worst!.delay) this.worst = this.last;
  }
  @Operation({ readOnly: true }) async aliasWhileReading(): Promise<void> {
    if (this.last!.delay === this.worst!.delay) this.worst = this.last;
  }
  @Operation() async show(): Promise<number[]> {
    return [this.last!.delay, this.worst!.delay, ...[...this.all.values()].map((flight) => flight.delay)];
  }
}

@Entity({ effects: 'none' })
class TaskFlights extends TaskEntity<Flights> {
  protected override initializeState(): Flights {
    return { last: null, worst: null, all: new Map() };
  }
  @Operation({ oneWay: true }) land(delay: number): void {
    landed(this.state, delay);
  }
  @Operation({ oneWay: true }) correct(delay: number): void {
    this.state.last!.delay = delay;
  }
  @Operation() async show(): Promise<number[]> {
    const { last, worst, all } = this.state;
    return [last!.delay, worst!.delay, ...[...all.values()].map((flight) => flight.delay)];
  }
}

const functionFlights = defineEntity('FunctionFlights', { effects: 'none' }, (context) => {
  const state = context.getState<Flights>(() => ({ last: null, worst: null, all: new Map() }));
  if (context.operationName === 'land') landed(state, context.getInput());
  if (context.operationName === 'correct') state.last!.delay = context.getInput();
  return [state.last?.delay, state.worst?.delay, ...[...state.all.values()].map((flight) => flight.delay)];
});

class Result {
  points = 0;
  label(): string {
    return `${this.points} points`;
  }
}

@Entity({ effects: 'none' })
class Team {
  @Type(() => Result) form: Result[] = [];
  @Type(() => Result) best: Record<string, Result> = {};
  @Operation({ oneWay: true }) add(result: { points: number }): void {
    this.form.push(result as Result);
    this.best['last'] = result as Result;
  }
  @Operation() async labels(): Promise<string[]> {
    return [...this.form, ...Object.values(this.best)].map((result) => result.label());
  }
}

class Money {
  amount: number;
  constructor(amount: number, currency: string) {
    if (currency.length !== 3) throw new RangeError('no currency');
    this.amount = amount;
  }
}

@Entity({ effects: 'none' })
class Account {
  balance = new Money(0, 'EUR');
  @Type(() => Money) payments: Money[] = [];
  @Operation() async pay(amount: number): Promise<number> {
    this.balance = new Money(this.balance.amount - amount, 'EUR');
    return this.balance.amount;
  }
  @Operation() async keep(amount: number): Promise<void> {
    this.payments.push(new Money(amount, 'EUR'));
  }
}

acceptance('state-faults', allSettings, (world) => {
  for (const [form, entity] of Object.entries({ ClassFlights, TaskFlights, FunctionFlights: functionFlights })) {
    it(`T3: an object in two places becomes two, whether the entity stays in memory or not (${form})`, async () => {
      const client = await world().start([entity]);
      await client.signalEntity(id(form), 'land', 50);
      await client.signalEntity(id(form), 'correct', 10);
      expect(await client.callEntity(id(form), 'show')).to.deep.equal([10, 50, 50]);
      const again = await world().restart();
      await again.signalEntity(id(form), 'land', 60);
      await again.signalEntity(id(form), 'correct', 20);
      expect(await again.callEntity(id(form), 'show')).to.deep.equal([20, 60, 50, 60]);
    });
  }

  it('T3: so does one of an operation that leaves the same JSON, and of one that only reads', async () => {
    const client = await world().start([ClassFlights]);
    for (const [key, operation] of [
      ['a', 'alias'],
      ['b', 'aliasWhileReading'],
    ] as const) {
      const flights = id('ClassFlights', key);
      await client.signalEntity(flights, 'land', 50);
      await client.callEntity(flights, operation);
      await client.signalEntity(flights, 'correct', 10);
      expect(await client.callEntity(flights, 'show')).to.deep.equal([10, 50, 50]);
    }
  });

  it('T3: the log says once of which entity it is, and of which fields', async () => {
    const client = await world().start([ClassFlights]);
    for (const key of ['a', 'b']) await client.callEntity(id('ClassFlights', key), 'land', 50);
    const lines = world().lines.filter(({ message }) =>
      message.includes('reloads the entity after each such operation'),
    );
    expect(lines.map(({ level, fields }) => [level, fields])).to.deep.equal([
      ['debug', { entityName: 'ClassFlights', fields: ['worst', 'all'] }],
    ]);
  });

  it('T22: plain data where a class is declared has the methods of the class at the next operation', async () => {
    const client = await world().start([Team]);
    await client.signalEntity(Team, 'k', (team) => team.add({ points: 3 }));
    expect(await client.callEntity(Team, 'k', (team) => team.labels())).to.deep.equal(['3 points', '3 points']);
    const again = await world().restart();
    await again.signalEntity(Team, 'k', (team) => team.add({ points: 5 }));
    expect(await again.callEntity(Team, 'k', (team) => team.labels())).to.deep.equal([
      '3 points',
      '5 points',
      '5 points',
    ]);
  });

  it('T22: an object of a class is plain data at the next operation of a function entity', async () => {
    const keeper = defineEntity('Keeper', { effects: 'none' }, (context) => {
      if (context.operationName === 'keep')
        context.setState({ result: new Result(), at: Object.create(null) as object });
      const state = context.getState<{ result: Result; at: object }>();
      return [state?.result instanceof Result, Object.getPrototypeOf(state?.at) === Object.prototype];
    });
    const client = await world().start([keeper]);
    await client.callEntity(id('Keeper'), 'keep');
    expect(await client.callEntity(id('Keeper'), 'look')).to.deep.equal([false, true]);
  });

  it('T4: a Buffer is a Buffer in states, inputs and results of functions and classes', async () => {
    @Entity({ effects: 'none' })
    class ClassPhotos {
      first: Buffer | null = null;
      all = new Map<string, unknown>();
      list: unknown[] = [];
      @Operation() async keep(photo: Buffer): Promise<Buffer> {
        this.first = photo;
        this.all.set('x', photo.subarray(1));
        this.list.push({ photo: photo.subarray(2) });
        return photo;
      }
      @Operation() async show(): Promise<string[]> {
        const { photo } = this.list[0] as { photo: Buffer };
        return [this.first!, this.all.get('x') as Buffer, photo].map((each) => each.toString('hex'));
      }
    }
    const photos = defineEntity('Photos', { effects: 'none' }, (context) => {
      const state = context.getState(() => ({ all: [] as Buffer[] }));
      if (context.operationName === 'keep') state.all.push(context.getInput<Buffer>());
      return context.operationName === 'keep' ? state.all[0] : state.all.map((each) => each.toString('hex'));
    });
    const client = await world().start([ClassPhotos, photos]);
    for (const name of ['ClassPhotos', 'Photos']) {
      const result = await client.callEntity<Buffer>(id(name), 'keep', Buffer.from('abc'));
      expect(Buffer.isBuffer(result)).to.equal(true);
      expect(result.toString('hex')).to.equal('616263');
    }
    const expected = { ClassPhotos: ['616263', '6263', '63'], Photos: ['616263'] };
    for (const [name, hex] of Object.entries(expected))
      expect(await client.callEntity(id(name), 'show')).to.deep.equal(hex);
    const again = await world().restart();
    for (const [name, hex] of Object.entries(expected))
      expect(await again.callEntity(id(name), 'show')).to.deep.equal(hex);
  });

  it('T1: every acknowledged state can be read after a restart; a state that could not be read is refused, and nothing is lost', async () => {
    const client = await world().start([Account]);
    expect(await client.callEntity(Account, 'k', (account) => account.pay(5))).to.equal(-5);
    const error = await refusal(
      client.callEntity(Account, 'k', (account) => account.keep(1)),
      StateSerializationError,
      'DE_STATE_SERIALIZATION',
    );
    expect(error).to.have.property('path', 'payments[0]');
    expect(await client.callEntity(Account, 'k', (account) => account.pay(5))).to.equal(-10);
    const again = await world().restart();
    expect(await again.callEntity(Account, 'k', (account) => account.pay(5))).to.equal(-15);
  });

  it('G11: a state is captured once for each of several operations that await nothing', async () => {
    let captured = 0;
    const counting: StateType<{ n: number }> = {
      typeName: 'Counting',
      create: () => ({ n: 0 }),
      restore: (stored: Json) => stored as { n: number },
      capture(live) {
        captured++;
        return { n: live.n };
      },
    };
    const counter = defineEntity('Counter', { effects: 'none' }, (context) => ++context.getState(counting).n);
    const client = await world().start([counter]);
    const signals = Array.from({ length: 40 }, () => client.signalEntity(id('Counter'), 'up'));
    await Promise.all(signals);
    expect(await client.callEntity(id('Counter'), 'up')).to.equal(41);
    // Once for each, and once more where it was kept from one visit to the next.
    expect(captured)
      .to.be.at.least(41)
      .and.at.most(41 + 5);
  });

  it('G11: a change by code that an operation has left running is no part of the next operation', async () => {
    const putOff: (() => void)[] = [];
    const leave = (context: EntityContext, later: (change: () => void) => void): number => {
      const state = context.getState(() => ({ n: 0 }));
      state.n++;
      if (context.operationName === 'leave') later(() => (state.n += 100));
      return state.n;
    };
    const soon = defineEntity('Soon', { effects: 'none' }, (context) =>
      leave(context, (change) => void Promise.resolve().then(change)),
    );
    const late = defineEntity('Late', (context) => leave(context, (change) => putOff.push(change)));
    const client = await world().start([soon, late]);
    await client.callEntity(id('Soon'), 'leave');
    expect(await client.callEntity(id('Soon'), 'go')).to.equal(2);
    await client.callEntity(id('Late'), 'leave');
    for (const change of putOff) change();
    expect(await client.callEntity(id('Late'), 'go')).to.equal(2);
    await Promise.all([client.signalEntity(id('Soon'), 'leave'), client.signalEntity(id('Soon'), 'go')]);
    expect(await client.callEntity(id('Soon'), 'go')).to.equal(5);
  });
});

const API_KEY = Symbol('api key');
const LIMIT = Symbol('limit');

/** A container with this key. */
function keyed(key: string): Container {
  const container = new Container();
  container.bind(API_KEY).toConstantValue(key);
  return container;
}

async function storedOf(world: World, name: string): Promise<unknown> {
  return (await world.client.readEntityState(id(name))).entityState;
}

acceptance('state-faults of construction', twoSettings, (world) => {
  it('T19: an injected text is never stored, and a later host uses its own', async () => {
    @Entity({ effects: 'none' })
    class Calls {
      n = 0;
      @inject(API_KEY) readonly again!: string;
      constructor(
        @inject(API_KEY) private readonly key: string,
        @inject(LIMIT) @optional() private readonly limit: number = 5,
      ) {}
      @Operation() async call(): Promise<string> {
        return `${++this.n} ${this.key} ${this.again} ${this.limit}`;
      }
    }
    const client = await world().start([Calls], { container: keyed('old') });
    expect(await client.callEntity(Calls, 'k', (calls) => calls.call())).to.equal('1 old old 5');
    expect(await storedOf(world(), 'Calls')).to.deep.equal({ n: 1 });
    const container = keyed('new');
    container.bind(LIMIT).toConstantValue(7);
    const again = await world().restart(undefined, { container });
    expect(await again.callEntity(Calls, 'k', (calls) => calls.call())).to.equal('2 new new 7');
    expect(await storedOf(world(), 'Calls')).to.deep.equal({ n: 2 });
  });

  it('T7: an optional property that nothing is bound for keeps its initial value', async () => {
    @Entity({ effects: 'none' })
    class Limited {
      n = 0;
      @inject(LIMIT) @optional() limit = 5;
      @Operation() async get(): Promise<number> {
        return ++this.n + this.limit;
      }
    }
    const client = await world().start([Limited], { container: new Container() });
    expect(await client.callEntity(Limited, 'k', (limited) => limited.get())).to.equal(6);
    expect(await storedOf(world(), 'Limited')).to.deep.equal({ n: 1 });
  });

  it('T11: a field that the constructor makes from services is refused at the first write, with both remedies', async () => {
    class ApiClient {
      constructor(readonly key: string) {}
      send(): string {
        return `sent with ${this.key}`;
      }
    }
    @Entity({ effects: 'none' })
    class Sender {
      n = 0;
      private readonly api: ApiClient;
      constructor(@inject(API_KEY) key: string) {
        this.api = new ApiClient(key);
      }
      @Operation() async send(): Promise<string> {
        return this.api.send();
      }
    }
    const client = await world().start([Sender], { container: keyed('secret key') });
    const error = await refusal(
      client.callEntity(Sender, 'k', (sender) => sender.send()),
      StateSerializationError,
      'DE_STATE_SERIALIZATION',
    );
    expect(error).to.have.property('path', 'api');
    expect(error.message).to.contain('@Exclude()').and.to.contain('@Type(() => ApiClient)');
    expect(error.message).not.to.contain('secret key');
    expect((await client.readEntityState(id('Sender'))).entityExists).to.equal(false);
  });

  it('T10: a service that is made asynchronously is there before the first message, where it is a singleton', async () => {
    let made = 0;
    @Entity({ effects: 'none' })
    class Reader {
      n = 0;
      constructor(@inject(API_KEY) private readonly key: string) {}
      @Operation() async read(): Promise<string> {
        return `${++this.n} ${this.key}`;
      }
    }
    const container = new Container();
    const bound = container.bind(API_KEY).toDynamicValue(async () => {
      await Promise.resolve();
      return `key ${++made}`;
    });
    const error = await refusal(world().start([Reader], { container }), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Reader: Symbol(api key) is made asynchronously for each use');
    bound.inSingletonScope();
    const client = await world().start([Reader], { container });
    expect(await client.callEntity(Reader, 'k', (reader) => reader.read())).to.match(/^1 key \d$/);
    expect(await client.callEntity(Reader, 'k', (reader) => reader.read())).to.match(/^2 key \d$/);
    const failing = new Container();
    failing
      .bind(API_KEY)
      .toDynamicValue(async () => {
        await Promise.resolve();
        throw new Error('vault is sealed');
      })
      .inSingletonScope();
    const failed = await refusal(world().start([Reader], { container: failing }), RegistrationError, 'DE_REGISTRATION');
    expect(failed.message).to.contain('Reader: Symbol(api key)').and.to.contain('vault is sealed');
  });

  it('T16: a stored state that is too deep or too large is StateDeserializationError, for functions and classes', async () => {
    const text = (context: EntityContext): unknown => context.getState();
    const deep = defineEntity('Deep', { effects: 'none' }, (context) =>
      context.operationName === 'set' ? context.setState(context.getInput()) : text(context),
    );
    @Entity({ effects: 'none' })
    class Large {
      text = '';
      @Operation() async set(length: number): Promise<void> {
        this.text = 'x'.repeat(length);
      }
      @Operation() async get(): Promise<number> {
        return this.text.length;
      }
    }
    const client = await world().start([deep, Large]);
    await client.callEntity(Large, 'k', (large) => large.set(5_000));
    await client.callEntity(id('Deep'), 'set', 'x'.repeat(5_000));
    const limits = { stateBytes: 1_000 };
    const again = await world().restart(undefined, { limits });
    for (const name of ['Large', 'Deep']) {
      const error = await refusal(
        again.callEntity(id(name), 'get'),
        StateDeserializationError,
        'DE_STATE_DESERIALIZATION',
      );
      expect(error.message).to.contain('stateBytes');
    }
    await again.callEntity(id('Large'), 'delete');
    await again.callEntity(id('Deep'), 'set', 'short');
    expect(await again.callEntity(id('Deep'), 'get')).to.equal('short');
    expect(await again.callEntity(Large, 'k', (large) => large.get())).to.equal(0);
  });

  it('T9: an asynchronous @postConstruct that shows only when it runs fails the operation, and nothing else', async () => {
    const { postConstruct } = await import('inversify');
    let written: (() => void) | undefined;
    @Entity({ effects: 'none' })
    class Hidden {
      n = 0;
      @postConstruct() start(): unknown {
        return new Promise<void>((_, reject) => {
          written = () => (this.n = 99);
          reject(new Error('nobody hears of this'));
        });
      }
      @Operation() async get(): Promise<number> {
        return this.n;
      }
    }
    const client = await world().start([Hidden]);
    const error = await refusal(
      client.callEntity(Hidden, 'k', (hidden) => hidden.get()),
      EntityConstructionError,
      'DE_CONSTRUCTION',
    );
    expect((error.cause as Error).message).to.contain('Hidden.start is an asynchronous @postConstruct');
    written!();
    expect((await client.readEntityState(id('Hidden'))).entityExists).to.equal(false);
  });
});
