import { Controller, forwardRef, Get, Inject, Injectable, Module, Optional, Param, Post, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Activity,
  defineEntity,
  DurableClient,
  Entity,
  EntityId,
  Operation,
  Orchestration,
  type ActivityContext,
  type DurableHost,
  type OrchestrationContext,
} from '../../src/index.js';
import { HostStoppedError, RegistrationError } from '../../src/errors/index.js';
import {
  DurableExceptionFilter,
  DurableHealthIndicator,
  DurableModule,
  durableHostToken,
  InjectDurableClient,
  InjectDurableHost,
} from '../../src/nestjs/index.js';
import type { TestHost } from '../../src/testing/index.js';

const RATES = Symbol('rates');

@Injectable()
class Ledger {
  static built = 0;
  readonly lines: string[] = [];
  readonly number = ++Ledger.built;
}
@Injectable()
class Mailer {
  readonly sent: string[] = [];
  constructor(readonly ledger: Ledger) {}
}

@Entity()
class Account {
  balance = 0;
  @Inject(forwardRef(() => Mailer)) private readonly mailer!: Mailer;
  constructor(
    private readonly ledger: Ledger,
    @Inject(RATES) private readonly rates: { readonly fee: number },
    @Optional() @Inject('absent') private readonly absent?: string,
  ) {}
  @Operation() async deposit(amount: number): Promise<number> {
    this.balance += amount - this.rates.fee;
    this.ledger.lines.push(`deposit ${amount}`);
    this.mailer.sent.push(`balance ${this.balance} ${this.absent ?? 'none'}`);
    return this.balance;
  }
  @Operation() async fail(): Promise<void> {
    throw new RangeError('too much');
  }
}

@Activity()
class Notify {
  constructor(
    @Inject(Mailer) private readonly mailer: Mailer,
    @InjectDurableClient() private readonly client: DurableClient,
  ) {}
  async run(_context: ActivityContext, text: string): Promise<string> {
    this.mailer.sent.push(text);
    const { entityExists } = await this.client.readEntityState(new EntityId('Account', 'ann'));
    return `${text} ${entityExists} #${this.mailer.ledger.number}`;
  }
}

@Orchestration()
class Welcome {
  async run(context: OrchestrationContext, name: string): Promise<string> {
    return context.callActivity(Notify, name);
  }
}

@Module({
  providers: [Ledger, Mailer, { provide: RATES, useValue: { fee: 1 } }],
  exports: [Ledger, Mailer, RATES],
})
class Services {}

const folders: string[] = [];
const apps: INestApplicationContext[] = [];

function storage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-'));
  folders.push(folder);
  return join(folder, 'hub.db');
}

async function started(root: unknown): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(root as never, { logger: false, abortOnError: false });
  apps.push(app);
  return app;
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}

describe('the module of NestJS', () => {
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it('gives entities, activities and controllers the same objects that Nest injects elsewhere', async () => {
    @Module({
      imports: [
        Services,
        DurableModule.forRoot({ storage: storage() }),
        DurableModule.forFeature([Account, Notify, Welcome], { imports: [Services] }),
      ],
    })
    class App {}
    const app = await started(App);
    const client = app.get(DurableClient);
    const built = Ledger.built;
    expect(await client.callEntity(new EntityId('Account', 'ann'), 'deposit', 10)).to.equal(9);
    expect(await client.callEntity(new EntityId('Account', 'bob'), 'deposit', 5)).to.equal(4);
    const welcome = await client.startNew(Welcome, { input: 'hello' });
    expect(await welcome.result()).to.equal(`hello true #${built}`);
    expect(app.get(Ledger).lines).to.deep.equal(['deposit 10', 'deposit 5']);
    expect(app.get(Mailer).sent).to.deep.equal(['balance 9 none', 'balance 4 none', 'hello']);
    expect(Ledger.built).to.equal(built);
    expect((await client.readEntityState(new EntityId('Account', 'ann'))).entityState).to.deep.equal({ balance: 9 });
  });

  it('takes classes from the providers of the application, with services of their module', async () => {
    @Module({
      imports: [
        DurableModule.forRootAsync({
          inject: ['file'],
          imports: [Files],
          useFactory: (file: string) => ({ storage: file }),
        }),
      ],
      providers: [Ledger, Mailer, { provide: RATES, useValue: { fee: 0 } }, ...DurableModule.providers([Account])],
    })
    class App {}
    const app = await started(App);
    expect(await app.get(DurableClient).callEntity(new EntityId('Account', 'ann'), 'deposit', 10)).to.equal(10);
    expect(app.get(Ledger).lines).to.deep.equal(['deposit 10']);
  });

  it('registers definitions of functions beside classes', async () => {
    const counter = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
    @Module({ imports: [DurableModule.forRoot({ storage: ':memory:', register: [counter] })] })
    class App {}
    const app = await started(App);
    await app.get(DurableClient).callEntity(new EntityId('counter', 'a'), 'add');
    expect((await app.get(DurableClient).readEntityState(new EntityId('counter', 'a'))).entityState).to.equal(1);
  });

  it('says before the bootstrap when the client can be used, and after the end that it has stopped', async () => {
    let early: Error | undefined;
    @Injectable()
    class Early {
      constructor(
        @InjectDurableClient() readonly client: DurableClient,
        @InjectDurableHost() readonly host: DurableHost,
      ) {}
      async onModuleInit(): Promise<void> {
        early = await errorOf((async () => this.client.readEntityState(new EntityId('Account', 'ann')))());
      }
    }
    const counter = defineEntity('Account', (context) => context.setState(1));
    @Module({ imports: [DurableModule.forRoot({ storage: ':memory:', register: [counter] })], providers: [Early] })
    class App {}
    const app = await started(App);
    expect(early).to.be.instanceOf(HostStoppedError);
    expect(early?.message).to.contain('bootstrap');
    const { client, host } = app.get(Early);
    expect(client).to.be.instanceOf(DurableClient);
    expect(host.role).to.equal('active');
    expect(host.client).to.equal((host as { client: unknown }).client);
    await app.close();
    expect(await errorOf(client.readEntityState(new EntityId('Account', 'ann')))).to.be.instanceOf(HostStoppedError);
    expect(host.role).to.equal('stopped');
  });

  it('stops the host before other modules close: a running activity still has its services', async () => {
    const events: string[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    @Injectable()
    class Database {
      open = true;
      onApplicationShutdown(): void {
        events.push('database closed');
        this.open = false;
      }
    }
    @Activity()
    class Slow {
      constructor(private readonly database: Database) {}
      async run(): Promise<void> {
        begin();
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`activity ended, database ${this.database.open ? 'open' : 'closed'}`);
      }
    }
    @Orchestration()
    class Work {
      async run(context: OrchestrationContext): Promise<void> {
        await context.callActivity(Slow, undefined as never);
      }
    }
    @Module({
      imports: [DurableModule.forRoot({ storage: ':memory:' })],
      providers: [Database, ...DurableModule.providers([Slow, Work])],
    })
    class App {}
    const app = await started(App);
    await app.get(DurableClient).startNew(Work);
    await begun;
    await app.close();
    expect(events).to.deep.equal(['activity ended, database open', 'database closed']);
  });

  it('refuses services with the scope of a request or of each use, and names class and scope', async () => {
    for (const scope of [Scope.REQUEST, Scope.TRANSIENT]) {
      @Injectable({ scope })
      class Session {}
      @Entity()
      class Cart {
        count = 0;
        constructor(readonly session: Session) {}
        @Operation() add(): void {
          this.count++;
        }
      }
      @Activity()
      class Pay {
        constructor(readonly session: Session) {}
        async run(): Promise<void> {}
      }
      for (const type of [Cart, Pay]) {
        @Module({
          imports: [DurableModule.forRoot({ storage: ':memory:' })],
          providers: [Session, ...DurableModule.providers([type])],
        })
        class App {}
        const starting = started(App);
        if (scope === Scope.TRANSIENT) {
          // Nest builds one for the class, which then keeps it.
          await starting;
          continue;
        }
        const error = await errorOf(starting);
        expect(error, type.name).to.be.instanceOf(RegistrationError);
        expect(error.message).to.contain(type.name);
        expect(error.message).to.contain('REQUEST');
      }
    }
  });

  it('refuses two different services for one token, and names both classes', async () => {
    @Entity()
    class Other {
      count = 0;
      constructor(private readonly ledger: Ledger) {}
      @Operation() async add(): Promise<number> {
        return this.ledger.number + ++this.count;
      }
    }
    const feature = (type: unknown) =>
      DurableModule.forFeature([type], { providers: [Ledger, Mailer, { provide: RATES, useValue: { fee: 0 } }] });
    @Module({ imports: [DurableModule.forRoot({ storage: ':memory:' }), feature(Account), feature(Other)] })
    class App {}
    const error = await errorOf(started(App));
    expect(error).to.be.instanceOf(RegistrationError);
    expect(error.message).to.contain('Other and Account are given different services for Ledger');
  });

  it('leaves a missing provider to the message of Nest, and never builds a second one', async () => {
    const built = Ledger.built;
    @Module({ imports: [DurableModule.forRoot({ storage: ':memory:' }), DurableModule.forFeature([Account])] })
    class App {}
    const error = await errorOf(started(App));
    expect(error.message).to.contain("Nest can't resolve dependencies");
    expect(error.message).to.contain('Ledger');
    expect(Ledger.built).to.equal(built);
  });

  it('serves several hubs by name', async () => {
    const add = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
    @Injectable()
    class Both {
      constructor(
        @InjectDurableClient('one') readonly one: DurableClient,
        @InjectDurableClient('two') readonly two: DurableClient,
      ) {}
    }
    @Module({
      imports: [
        DurableModule.forRoot({ name: 'one', storage: ':memory:', register: [add] }),
        DurableModule.forRoot({ name: 'two', storage: ':memory:' }),
        DurableModule.forFeature([add], { name: 'two' }),
      ],
      providers: [Both],
    })
    class App {}
    const { one, two } = (await started(App)).get(Both);
    await one.callEntity(new EntityId('counter', 'a'), 'add');
    expect((await one.readEntityState(new EntityId('counter', 'a'))).entityExists).to.equal(true);
    expect((await two.readEntityState(new EntityId('counter', 'a'))).entityExists).to.equal(false);
  });

  it('connects a client without a host to the file of another process’s host', async () => {
    const file = storage();
    @Module({
      imports: [
        Services,
        DurableModule.forRoot({ storage: file }),
        DurableModule.forFeature([Account], { imports: [Services] }),
      ],
    })
    class Worker {}
    @Module({ imports: [DurableModule.forClient({ storage: file })] })
    class Web {}
    await started(Worker);
    const web = await started(Web);
    const client = web.get(DurableClient);
    expect(await client.callEntity(new EntityId('Account', 'ann'), 'deposit', 3)).to.equal(2);
    expect(web.get(DurableHealthIndicator).isHealthy()).to.deep.equal({ durable: { status: 'up', role: 'client' } });
    expect(() => web.get<DurableHost>(durableHostToken()).status()).to.throw(HostStoppedError, 'no host');
  });

  it('tells the health of the host, and that it is down after the stop', async () => {
    @Module({ imports: [DurableModule.forRoot({ storage: ':memory:' })] })
    class App {}
    const app = await started(App);
    const health = app.get(DurableHealthIndicator);
    expect(health.isHealthy('hub')).to.deep.equal({ hub: { status: 'up', role: 'active' } });
    await app.close();
    expect(health.isHealthy('hub').hub?.status).to.equal('down');
  });

  it('runs on a test host with virtual time', async () => {
    @Orchestration()
    class Waits {
      async run(context: OrchestrationContext): Promise<string> {
        await context.createTimer('30 days');
        return 'done';
      }
    }
    @Module({ imports: [DurableModule.forTest(), DurableModule.forFeature([Waits])] })
    class App {}
    const app = await started(App);
    const run = await app.get(DurableClient).startNew(Waits);
    await app.get<TestHost>(durableHostToken()).advance('30 days');
    expect(await run.result()).to.equal('done');
  });
});

const shared = { file: '' };
@Module({ providers: [{ provide: 'file', useFactory: () => storage() }], exports: ['file'] })
class Files {
  readonly shared = shared;
}

describe('the exception filter of NestJS', () => {
  let app: INestApplication | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('answers with the status, the code, the message and the hint of an error, and leaves others to Nest', async () => {
    @Controller('accounts')
    class Accounts {
      constructor(@InjectDurableClient() private readonly client: DurableClient) {}
      @Post(':key/fail') fail(@Param('key') key: string): Promise<unknown> {
        return this.client.callEntity(new EntityId('Account', key), 'fail');
      }
      @Get(':key/run') run(@Param('key') key: string): Promise<unknown> {
        return this.client.run(Welcome, key).terminate();
      }
      @Get('broken') broken(): never {
        throw new TypeError('a secret');
      }
      @Get('stopped') stopped(): never {
        throw new HostStoppedError();
      }
    }
    @Module({
      imports: [
        Services,
        DurableModule.forRoot({ storage: ':memory:' }),
        DurableModule.forFeature([Account, Notify, Welcome], { imports: [Services] }),
      ],
      controllers: [Accounts],
    })
    class App {}
    app = await NestFactory.create(App, { logger: false, abortOnError: false });
    app.useGlobalFilters(new DurableExceptionFilter(app.getHttpAdapter()));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const failed = await fetch(`${url}/accounts/ann/fail`, { method: 'POST' });
    expect(failed.status).to.equal(422);
    expect(await failed.json()).to.include({ statusCode: 422, code: 'DE_OPERATION_FAILED' });
    const missing = await fetch(`${url}/accounts/none/run`);
    expect(missing.status).to.equal(404);
    expect(await missing.json())
      .to.include({ code: 'DE_ORCHESTRATION_NOT_FOUND' })
      .and.have.property('hint');
    const stopped = await fetch(`${url}/accounts/stopped`);
    expect([stopped.status, stopped.headers.get('retry-after')]).to.deep.equal([503, '1']);
    const broken = await fetch(`${url}/accounts/broken`);
    expect(broken.status).to.equal(500);
    expect(await broken.text()).to.not.contain('secret');
  });
});
