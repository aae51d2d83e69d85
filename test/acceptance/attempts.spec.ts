import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  entityInterface,
  EntityOperationFailedError,
  Operation,
  TimeoutError,
  type DurableError,
  type RetryPolicy,
} from '../../src/index.js';
import { InvalidArgumentError, RegistrationError } from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { failure, fresh, Gate, refusal } from './world.js';

const retry: RetryPolicy = { maxAttempts: 3, firstRetryInterval: 1 };
const hang = () => new Promise<never>(() => {});

interface IFetcher {
  fetch(failures: number): Promise<number>;
  pages(): Promise<number>;
}
const IFetcher = entityInterface<IFetcher>('IFetcher', { fetch: 'call', pages: 'call' });

/** Attempts of this process, by key. */
const attempts = new Map<string, number>();
function attempt(): number {
  const { entityKey } = Entity.current;
  attempts.set(entityKey, (attempts.get(entityKey) ?? 0) + 1);
  return attempts.get(entityKey) as number;
}

@Entity({ implements: [IFetcher] })
class Fetcher implements IFetcher {
  count = 0;

  @Operation({ retry: { ...retry, shouldRetry: (error) => !error.is('TypeError') } })
  async fetch(failures: number): Promise<number> {
    this.count += 1;
    const number = attempt();
    if (number <= failures) throw new Error(`attempt ${number}`);
    if (failures < 0) throw new TypeError('of no use');
    return number;
  }

  @Operation({ timeout: 20 })
  async hang(): Promise<void> {
    this.count += 1;
    await hang();
  }

  async pages(): Promise<number> {
    return this.count;
  }
}

acceptance('attempts', twoSettings, (world) => {
  it('an operation is tried as its method says, each attempt from the state before; the rest only once', async () => {
    const client = await world().start([Fetcher]);
    const key = fresh('page');
    expect(await client.callEntity(Fetcher, key, (page) => page.fetch(2))).to.equal(3);
    expect(await client.callEntity(Fetcher, key, (page) => page.pages())).to.equal(1);
    const worse = fresh('page');
    const error = await refusal(
      client.callEntity(Fetcher, worse, (page) => page.fetch(9)),
      EntityOperationFailedError,
      'DE_OPERATION_FAILED',
    );
    expect((error.cause as Error).message).to.equal('attempt 3');
    expect((await client.readEntityState(Fetcher, worse)).entityExists).to.equal(false);
    const useless = fresh('page');
    expect((await failure(client.callEntity(Fetcher, useless, (page) => page.fetch(-1)))).message).to.contain('no use');
    expect(attempts.get(useless)).to.equal(1);
  });

  it('an operation that takes longer than its method says is rolled back, with a TimeoutError as the cause', async () => {
    const client = await world().start([Fetcher]);
    const key = fresh('page');
    const error = await refusal(
      client.callEntity(Fetcher, key, (page) => page.hang()),
      EntityOperationFailedError,
      'DE_OPERATION_FAILED',
    );
    expect(error.cause).to.be.instanceOf(TimeoutError);
    expect(error.is('TimeoutError')).to.equal(true);
    expect(await client.callEntity(Fetcher, key, (page) => page.pages())).to.equal(0);
  });

  it('function entities say the same by operation', async () => {
    let runs = 0;
    const fetcher = defineEntity(
      'FunctionFetcher',
      { operations: { fetch: { retry }, slow: { timeout: 5, retry } } },
      async (context) => {
        context.setState((context.getState<number>() ?? 0) + 1);
        runs++;
        if (context.operationName === 'slow') {
          if (runs < 3) await hang();
          return runs;
        }
        throw new Error(`run ${runs}`);
      },
    );
    const client = await world().start([fetcher]);
    const entity = new EntityId('FunctionFetcher', fresh('page'));
    expect(await client.callEntity(entity, 'slow')).to.equal(3);
    expect((await client.readEntityState(entity)).entityState).to.equal(1);
    await failure(client.callEntity(entity, 'fetch'));
    expect(runs).to.equal(6);
    await failure(client.callEntity(entity, 'other'));
    expect(runs).to.equal(7);
  });

  it("registration refuses policies on a 'none' entity, and says why; it also refuses values that are no policies", async () => {
    @Entity({ effects: 'none' })
    class Pure {
      @Operation({ timeout: '5s' })
      async go(): Promise<void> {}
    }
    @Entity()
    class Wrong {
      @Operation({ retry: { maxAttempts: 0 } })
      async go(): Promise<void> {}
      @Operation({ timeout: 'soon' as never })
      async late(): Promise<void> {}
    }
    const error = await refusal(world().start([Pure, Wrong]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain("Pure.go: timeout and retry need effects: 'external'");
    expect(error.message).to.contain('Wrong.go: ').and.contain('maxAttempts');
    expect(error.message).to.contain('Wrong.late: ').and.contain('soon');
    const define = (options: object) => () => defineEntity('Bad', options, () => {});
    for (const options of [
      { effects: 'none', operations: { go: { retry } } },
      { operations: { go: { retry: { maxAttempts: 1.5 } } } },
      { operations: { go: { timeout: -1 } } },
      { operations: { go: 5 } },
    ]) {
      await refusal(define(options), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    define({ effects: 'none', operations: { go: {} } })();
  });

  it('orchestrations try calls again: by id, by lambda, by proxy', async () => {
    const runs = defineOrchestration('Runs', async (context, keys: readonly string[]) => {
      const [a, b] = keys as [string, string];
      const options = { retry: { maxAttempts: 2, firstRetryInterval: 1 } };
      const lambda = await context.callEntity(Fetcher, a, (page) => page.fetch(4), options);
      const proxy = await context.createEntityProxy(Fetcher, b, options).fetch(4);
      return [lambda, proxy];
    });
    const client = await world().start([Fetcher, runs]);
    const run = await client.startNew(runs, { input: [fresh('page'), fresh('page')] });
    // Three attempts of the operation in the first call, the fifth in the second.
    expect(await run.result()).to.deep.equal([5, 5]);
  });

  it('a call of an orchestration without an answer in time rejects with TimeoutError, and the run continues', async () => {
    const gate = new Gate();
    const slow = defineEntity('SlowOne', async () => gate.pass());
    const key = fresh('slow');
    const runs = defineOrchestration('Runs', async (context) => {
      const error = await context
        .callEntity(new EntityId('SlowOne', key), 'go', undefined, { timeout: 10 })
        .catch((thrown: DurableError) => thrown);
      return [(error as DurableError).code, (error as DurableError).name];
    });
    const client = await world().start([slow, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal(['DE_TIMEOUT', 'TimeoutError']);
    gate.open();
  });

  it('an activity fails after its timeout, its signal is aborted, and it is retried', async () => {
    let starts = 0;
    const told: boolean[] = [];
    const act = defineActivity('Act', async (context) => {
      if (++starts === 3) return 'third';
      context.signal.addEventListener('abort', () => told.push(context.signal.aborted));
      return hang();
    });
    const runs = defineOrchestration('Runs', async (context) =>
      context.callActivity(act, undefined, { timeout: 10, retry }),
    );
    const client = await world().start([act, runs]);
    expect(await (await client.startNew(runs)).result()).to.equal('third');
    expect(told).to.deep.equal([true, true]);
  });

  it('clients try calls again: what failed as a new message, what had no answer as the same one', async () => {
    const client = await world().startMoved([Fetcher]);
    const key = fresh('page');
    const again = { retry: { maxAttempts: 3, firstRetryInterval: 1 } };
    expect(await client.callEntity(Fetcher, key, (page) => page.fetch(7), again)).to.equal(8);
    const gate = new Gate();
    let runs = 0;
    const slow = defineEntity('SlowOne', async () => {
      runs++;
      await gate.pass();
      return runs;
    });
    const other = await world().restart([slow]);
    const id = new EntityId('SlowOne', key);
    const send = (maxAttempts: number) =>
      other.callEntity(id, 'go', undefined, { timeout: '1 minute', retry: { maxAttempts, firstRetryInterval: 1 } });
    const [few, many] = [send(3), send(1_000_000)];
    await gate.entered;
    await refusal(world().passUntil(few, '1 minute'), TimeoutError, 'DE_TIMEOUT');
    gate.open();
    // The first run was for the three attempts of the one, the second for the attempts of the other.
    expect(await many).to.equal(2);
    expect(runs).to.equal(2);
  });

  it('callEntity() rejects invalid options with InvalidArgumentError', async () => {
    const runs = defineOrchestration('Runs', async (context) => {
      const code = (error: DurableError) => error.code;
      const id = new EntityId('Fetcher', 'x');
      return [
        await context.callEntity(id, 'pages', undefined, { timeout: 'soon' as never }).catch(code),
        await context.callEntity(id, 'pages', undefined, { retry: { maxAttempts: 0 } }).catch(code),
        await context.callEntity(Fetcher, 'x', undefined as never).catch(code),
        await context.callActivity('Nobody', undefined, { timeout: -5 }).catch(code),
      ];
    });
    const client = await world().start([Fetcher, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal(Array(4).fill('DE_INVALID_ARGUMENT'));
    const call = client.callEntity(Fetcher, 'x', (page) => page.pages(), { retry: { maxAttempts: -1 } });
    await refusal(call, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });
});
