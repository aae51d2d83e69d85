/** The steps of the clients, and the results that they expect. */
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import type { DurableClient } from '../../src/client.js';
import { RequestIdReusedError, StorageError, UnknownOrchestrationError } from '../../src/errors/index.js';
import { id } from '../engine/programs.js';
import { Sender } from '../engine/senders.js';
import { drawTree, expectedOfTree, flat } from '../engine/trees.js';
import { Seeded } from '../../src/testing/seeded.js';
import { Violation } from '../engine/violation.js';
import type { Way } from './newer-programs.js';
import type { Step } from './plan.js';
import { openingBalance, accounts, type HolderInput } from './programs.js';

/** How often each counter was added to: at least, at most. */
export type Tallies = Map<string, { least: number; most: number }>;

/** Errors of a client that say nothing about its message, or that it was not taken. */
const unacknowledged: ReadonlySet<string> = new Set([
  'HostStoppedError',
  'UnknownOutcomeError',
  'StorageBusyError',
  'StorageError',
  'StoreRefusedError',
  'BackpressureError',
]);

type RunStep = Step & { do: 'holder' };

export class SimulatedSender extends Sender {
  /** The values that this client last read, by list. */
  private readonly seen = new Map<string, readonly string[]>();

  constructor(
    name: string,
    board: Sender['board'],
    journal: Sender['journal'],
    private readonly tallies: Tallies,
    /** How many causes each witness must have seen in the end, with their effects. */
    private readonly witnessed = new Map<string, number>(),
  ) {
    super(name, board, journal);
  }

  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.append(step.name, step.key);
      case 'appendSurely':
        return this.appendSurely(step.name, step.key);
      case 'callSurely':
        return this.callSurely(step.name, step.key);
      case 'callOnce':
        return this.callOnce(step.name, step.key);
      case 'impatient':
        return this.impatient(step.name, step.key);
      case 'twice':
        return this.twice(step.name, step.key);
      case 'reuse':
        return this.reuse(step.name, step.key);
      case 'read':
        return this.read(step.name, step.key);
      case 'appendAndRead':
        return this.appendAndRead(step.name, step.key);
      case 'burst':
        return this.burst(step.name, step.key, step.count);
      case 'stream':
        return this.stream(step.key, step.count, step.gapMs);
      case 'passOn':
        return this.passOn(step.name, step.keys);
      case 'schedule':
        return this.schedule(step.key, step.delayMs);
      case 'volley':
        return this.volley(step.key, step.delaysMs);
      case 'remind':
        return this.remind(step.name, step.key, step.delaysMs, step.cancel);
      case 'transfers':
        return void (await Promise.all(step.inputs.map((input) => this.transfer(input))));
      case 'errand':
        return this.errand();
      case 'countdown':
        return this.countdown(step.count);
      case 'countdownAtOnce':
        return this.countdownAtOnce(step.count);
      case 'restless':
        return this.restless(step.keys);
      case 'tally':
        return void (await Promise.all(Array.from({ length: step.count }, () => this.tally(step.name, step.key))));
      case 'mischief':
        return this.mischief('Mischief', step.operation);
      case 'slowMischief':
        return this.mischief('SlowMischief', step.operation);
      case 'start':
        return this.start(step.named);
      case 'alarm':
        return this.alarm(step.delaysMs);
      case 'holder':
        return this.holder(step);
      case 'fickle':
        return this.fickle(step.key);
      case 'late':
        return this.late(step.key);
      case 'tree':
        return this.tree(step.tree);
      case 'ping':
        return this.ping();
      case 'races':
        return this.races(step.last, step.ways);
      case 'family':
        return this.family(step.rounds);
      case 'clan':
        return this.clan(step.depth, step.afterMs);
      case 'ticks':
        return this.ticks(step.count);
      case 'causes':
        return this.causes(step.count, step.hops, step.gapMs);
      case 'later':
        return this.later(step.delayMs);
      case 'damage':
        return this.damage(step.name, step.key);
      case 'restartLater':
        return this.restartLater(step);
      case 'rest':
        return this.board.world.time.turns(step.ms);
    }
  }

  /** One after the other to the same process, without waiting for acknowledgements: while a batch fails, later ones are on their way. */
  private async stream(key: string, count: number, gapMs: number): Promise<void> {
    const process = await this.board.current();
    const sent: Promise<void>[] = [];
    for (let left = count; left > 0; left--) {
      const { appended, value } = this.next(`List/${key}`);
      appended.via.add(process);
      const send = process.client.signalEntity(id('List', key), 'append', value).then(
        () => this.journal.acknowledge(appended),
        (error: Error) => {
          if (!unacknowledged.has(error.name)) throw error;
        },
      );
      sent.push(Promise.race([send, process.died]));
      await this.board.world.time.turns(gapMs);
      if ((await Promise.race([process.clock.awake(), process.died.then(() => 'died')])) === 'died') break;
    }
    await Promise.all(sent);
  }

  /** Several, so that states are captured while others are under way. */
  private async late(key: string): Promise<void> {
    const send = async () => {
      const { appended, value } = this.next(`Late/${key}`, true);
      const outcome = await this.once((client) => client.signalEntity(id('Late', key), 'append', value));
      if (outcome !== undefined) this.journal.acknowledge(appended);
    };
    for (let round = 0; round < 3; round++) await Promise.all([send(), send()]);
  }

  /** Scheduled one after the other, while polls for those before are under way. */
  private async volley(key: string, delaysMs: readonly number[]): Promise<void> {
    const { time } = this.board.world;
    const sent: Promise<void>[] = [];
    for (const delayMs of delaysMs) {
      sent.push(this.schedule(key, delayMs));
      await time.turns(1 + (delayMs % 9));
    }
    await Promise.all(sent);
    // No later poll finds a message that the polls of the volley have missed.
    await time.turns(4_000);
  }

  /** The money that is moved about. */
  async openAccounts(): Promise<void> {
    const open = (key: string) =>
      this.surely((client) => client.callEntity(id('Counter', key), 'add', openingBalance, { requestId: 'opening' }));
    await Promise.all(accounts.map(open));
  }

  /** Waits for a short while, and asks again. */
  private async impatient(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    for (let timeout = 1; ; timeout *= 4) {
      const answered = await this.surely((client) =>
        client.callEntity(id(name, key), 'append', value, { requestId: value, timeout }).then(
          () => true,
          (error: Error) => {
            if (error.name === 'TimeoutError') return false;
            throw error;
          },
        ),
      );
      if (answered) break;
    }
    this.journal.acknowledge(appended);
  }

  /** The same request by two clients at once. */
  private async twice(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    const call = () =>
      this.surely(
        (client) => client.callEntity<number>(id(name, key), 'append', value, { requestId: value }),
        appended,
      );
    const [one, other] = await Promise.all([call(), call()]);
    this.journal.acknowledge(appended);
    if (one !== other) throw new Violation('receipts', `${value}: ${one} for one, ${other} for the other`);
  }

  /** A request id with another content. */
  private async reuse(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    await this.surely((client) => client.signalEntity(id(name, key), 'append', value, { requestId: value }), appended);
    this.journal.acknowledge(appended);
    const outcome = await this.surely((client) =>
      client.signalEntity(id(name, key), 'append', 'forged', { requestId: value }).catch((error: Error) => {
        if (error instanceof RequestIdReusedError) return 'refused';
        throw error;
      }),
    );
    if (outcome !== 'refused') throw new Violation('receipts', `${value} was taken with another content`);
  }

  /** Reads are of committed states, never go back, and show what was answered before. */
  private async read(name: 'List' | 'SlowList', key: string): Promise<void> {
    const { appended, value } = this.next(`${name}/${key}`);
    await this.surely((client) => client.callEntity(id(name, key), 'append', value, { requestId: value }), appended);
    this.journal.acknowledge(appended);
    const before = this.seen.get(`${name}/${key}`) ?? [];
    const { entityState = [] } = await this.surely((client) => client.readEntityState<string[]>(id(name, key)));
    if (!entityState.includes(value)) throw new Violation('reads', `${value} was answered and is not read`);
    if (before.some((each, index) => each !== entityState[index]))
      throw new Violation('reads', `${before.join()} was read, then ${entityState.join()}`);
    this.seen.set(`${name}/${key}`, entityState);
  }

  /**
   * Damages a row. A caller that waits for its entity gets an error, and an acknowledged signal waits until the row is mended and another term has
   * begun, and other entities work on.
   */
  private async damage(name: 'List' | 'SlowList', key: string): Promise<void> {
    await this.callSurely(name, key);
    const { world } = this.board;
    const entity = id(name, key);
    const row = world.row(entity) as InstanceRow;
    world.database.instances.set(row.id, { ...row, meta: '{broken' });
    const outcome = await this.surely((client) =>
      client.callEntity(entity, 'get').then(
        () => 'was answered',
        (error: Error) => (error instanceof StorageError ? 'refused' : `failed: ${error.message}`),
      ),
    );
    if (outcome !== 'refused') throw new Violation('damage', `a call to ${row.id}, which is damaged, ${outcome}`);
    await this.append(name, key);
    await this.callSurely(name, `${key}2`);
    world.database.instances.set(row.id, row);
    const process = await this.board.current();
    process.die();
    this.board.lost(process);
    await this.callSurely(name, key);
  }

  private async tally(name: 'Tally' | 'Vault', key: string): Promise<void> {
    const counter = id(name, key);
    const tally = this.tallies.get(counter.toString()) ?? { least: 0, most: 0 };
    this.tallies.set(counter.toString(), tally);
    tally.most++;
    const outcome = await this.once((client) => client.signalEntity(counter, 'add', 1));
    if (outcome === undefined) return;
    tally.least++;
    this.journal.acknowledged++;
  }

  private async mischief(
    name: 'Mischief' | 'SlowMischief',
    operation: (Step & { do: 'mischief' | 'slowMischief' })['operation'],
  ): Promise<void> {
    const succeeds = operation === 'stall' || operation === 'hang';
    const number = this.number++;
    const value = `${this.name}:${number}`;
    if (succeeds) this.journal.note('List/mischief', this.name, number, true);
    const requestId = value;
    const outcome = await this.surely((client) =>
      client.callEntity(id(name, this.name), operation, value, { requestId }).then(
        () => true,
        (error: Error) => {
          if (['EntityOperationFailedError', 'EffectsViolationError', 'StateSerializationError'].includes(error.name))
            return false;
          throw error;
        },
      ),
    );
    this.journal.acknowledged++;
    if (outcome !== succeeds)
      throw new Violation('result', `${operation} of ${name} ${outcome ? 'succeeded' : 'failed'}`);
  }

  private async start(named: boolean): Promise<void> {
    const number = this.number++;
    const appended = this.journal.note('List/notes', this.name, number, true);
    const value = `${this.name}:${number}`;
    const input = { value, named };
    await this.surely((client) => client.callEntity(id('Starter', this.name), 'start', input, { requestId: value }));
    this.journal.acknowledge(appended);
  }

  private async alarm(delaysMs: readonly number[]): Promise<void> {
    const instanceId = `${this.name}-alarm${this.number++}`;
    for (let ring = 0; ring < delaysMs.length - 1; ring++)
      this.journal.note(`List/${instanceId}`, instanceId, ring, true);
    await this.run('Alarm', instanceId, delaysMs, delaysMs.length - 1);
  }

  private async tree(seed: number): Promise<void> {
    const instanceId = `${this.name}-tree${this.number++}`;
    const steps = drawTree(new Seeded(seed), 2, 'top', `${instanceId}:`);
    for (const step of flat(steps)) {
      const number = 'label' in step ? Number(step.label.slice(instanceId.length + 1)) : 0;
      if (step.kind === 'call') this.journal.note('List/calls', instanceId, number, true);
      if (step.kind === 'signal') this.journal.note('List/signals', instanceId, number, true);
    }
    await this.surely((client) => client.startNew('Tree', { instanceId, input: steps }));
    for (const step of steps) {
      if (step.kind === 'event')
        await this.surely((client) => this.raise(client, 'Tree', instanceId, step.label, step.label));
    }
    await this.result('Tree', instanceId, expectedOfTree(steps));
    for (const list of ['List/calls', 'List/signals'])
      for (const each of this.journal.appends.get(list) ?? [])
        if (each.sender === instanceId && each.fate === 'unknown') this.journal.acknowledge(each);
  }

  private async ping(): Promise<void> {
    const number = this.number++;
    const value = `${this.name}:${number}`;
    const appended = this.journal.note('List/pings', this.name, number, true);
    await this.run('Ping', `${this.name}-ping${number}`, value, `${value}!`);
    this.journal.acknowledge(appended);
  }

  /** Each acknowledged event is read, in the order of the acknowledgements, and none more often than it was sent. */
  private async races(last: number, ways: readonly Way[]): Promise<void> {
    const instanceId = `${this.name}-races${this.number++}`;
    const input = { last, ways, taken: [], round: 0 };
    await this.surely((client) => client.startNew('Races', { instanceId, input }));
    const sent = new Map<number, number>();
    for (let number = 0; number <= last; number++) {
      const name = number % 2 === 0 ? 'Even' : 'odd';
      await this.unlessEnded((client) => {
        sent.set(number, (sent.get(number) ?? 0) + 1);
        return client.run('Races', instanceId).raiseEvent(name, number);
      });
    }
    const read = await this.surely((client) => client.run<number[]>('Races', instanceId).result());
    this.checkEnded(instanceId);
    const first = [...new Set(read)];
    const missing = first.length !== last + 1 || first.some((number, index) => number !== index);
    const often = [...sent].find(([number, times]) => read.filter((each) => each === number).length > times);
    if (missing || often !== undefined) {
      throw new Violation('events', `${instanceId} (${ways.join()}) read ${read.join()} of ${last + 1} events`);
    }
  }

  /** Its child is tried three times in each execution. */
  private async family(rounds: number): Promise<void> {
    await this.run('Family', `${this.name}-family${this.number++}`, rounds, 3 * rounds);
  }

  /** With the root, the whole tree ends. */
  private async clan(depth: number, afterMs: number): Promise<void> {
    const { world } = this.board;
    const instanceId = `${this.name}-clan${this.number++}`;
    await this.surely((client) => client.startNew('Clan', { instanceId, input: depth }));
    await world.time.turns(afterMs);
    await this.surely((client) => client.run('Clan', instanceId).terminate('all', { children: true }));
    this.checkEnded(instanceId);
    const going = () =>
      [...world.database.instances.values()].filter(
        ({ id: run, status }) => run.startsWith(`${instanceId}/`) && status !== 'terminated',
      );
    for (let waited = 0; going().length > 0; waited++) {
      if (waited === 600) throw new Violation('children', `${going()[0]?.id} goes on without ${instanceId}`);
      await world.time.turns(1_000);
      // Some process must be there to work.
      await this.surely((client) => client.run('Clan', instanceId).status());
    }
  }

  /** Ticks come in spite of those that fail, and none when they are cancelled. */
  private async ticks(count: number): Promise<void> {
    const ticker = id('Ticker', `${this.name}${this.number++}`);
    const every = { name: 'tick', every: 1_000, requestId: ticker.key } as const;
    await this.surely((client) => client.signalEntity(ticker, 'tick', undefined, every));
    const ticked = () => this.surely((client) => client.callEntity<number>(ticker, 'get'));
    for (let waited = 0; (await ticked()) < count; waited++) {
      if (waited === 600) throw new Violation('ticks', `${ticker.toString()} ticked less than ${count} times`);
      await this.board.world.time.turns(1_000);
    }
    await this.surely((client) => client.cancelSignal(ticker, 'tick'));
    const before = await ticked();
    await this.board.world.time.turns(3_000);
    const after = await ticked();
    if (after !== before) throw new Violation('ticks', `${ticker.toString()} ticked after it was cancelled`);
  }

  /** Causes and their effects, which reach one witness on different ways. */
  private async causes(count: number, hops: number, gapMs: number): Promise<void> {
    const witness = `${this.name}${this.number++}`;
    const begun: Promise<unknown>[] = [];
    for (let number = 0; number < count; number++) {
      const cause = id('Cause', `${witness}-${number}`);
      const input = { witness, number, hops };
      begun.push(this.surely((client) => client.callEntity(cause, 'begin', input, { requestId: witness })));
      await this.board.world.time.turns(gapMs);
    }
    await Promise.all(begun);
    this.journal.acknowledged += count;
    this.witnessed.set(`@witness@${witness}`, count);
  }

  /** A run that begins later, once. */
  private async later(delayMs: number): Promise<void> {
    const { appended, value } = this.next('List/notes', true);
    const instanceId = `${this.name}-later${value}`;
    const scheduledTime = this.board.world.time.wallMs() + delayMs;
    await this.surely((client) => client.startNew('Note', { instanceId, input: value, scheduledTime }));
    await this.surely((client) => client.run('Note', instanceId).result());
    this.checkEnded(instanceId);
    this.journal.acknowledge(appended);
  }

  /** Its code cannot be replayed: it may fail, and hurts nobody else. */
  private async fickle(key: string): Promise<void> {
    const instanceId = `${this.name}-fickle${this.number++}`;
    await this.surely((client) => client.startNew('Fickle', { instanceId, input: key }));
    await this.end(instanceId);
  }

  private async holder({ input, then, afterMs }: RunStep): Promise<void> {
    const instanceId = `${this.name}-holder${this.number++}`;
    const handle = (client: DurableClient) => client.run('Holder', instanceId);
    await this.surely((client) => client.startNew('Holder', { instanceId, input }));
    if (then !== 'result') await this.board.world.time.turns(afterMs);
    if (then === 'terminate') await this.unlessEnded((client) => handle(client).terminate('enough'));
    let suspends = 0;
    if (then === 'suspend') {
      await this.unlessEnded((client) => {
        suspends++;
        return handle(client).suspend('a rest');
      });
      await this.board.world.time.turns(afterMs);
      await this.unlessEnded((client) => handle(client).resume());
    }
    // One whose acknowledgement was lost may take effect at any time, also behind the resume.
    if (suspends > 1) await this.resumeUntilEnded(instanceId);
    await this.end(instanceId);
    if (then !== 'restart') return;
    await this.unlessRunning((client) => handle(client).restart());
    await this.end(instanceId);
    await this.surely((client) => handle(client).purge().catch(ignore('OrchestrationNotFoundError')));
  }

  /** Restarts a run some time after its end. While it runs again, clients ask for its result all the time. */
  private async restartLater({ key, restMs, afterMs }: Step & { do: 'restartLater' }): Promise<void> {
    const { time } = this.board.world;
    const instanceId = `${this.name}-holder${this.number++}`;
    const input: HolderInput = { name: 'Counter', keys: [key], restMs, end: 'leave' };
    await this.run('Holder', instanceId, input, 1);
    await time.turns(afterMs);
    await this.unlessRunning((client) => client.run('Holder', instanceId).restart());
    const asked: Promise<void>[] = [];
    for (let elapsedMs = 0; elapsedMs < 2 * restMs; elapsedMs += 20) {
      asked.push(this.result('Holder', instanceId, 1));
      await time.turns(20);
    }
    await Promise.all(asked);
  }

  private async resumeUntilEnded(instanceId: string): Promise<void> {
    const { world } = this.board;
    const hasEnded = () => ['completed', 'failed', 'terminated'].includes(world.row(instanceId)?.status ?? '');
    while (!hasEnded()) {
      await world.time.turns(2_000);
      await this.unlessEnded((client) =>
        client.run('Holder', instanceId).resume().catch(ignore('InvalidOperationError')),
      );
    }
  }

  private async unlessEnded(send: (client: DurableClient) => Promise<unknown>): Promise<void> {
    await this.surely((client) => send(client).catch(ignore('OrchestrationNotFoundError')));
  }

  /**
   * A restart whose acknowledgement was lost finds the run restarted. One that comes while no living worker has the code is refused, and is
   * tried again.
   */
  private async unlessRunning(send: (client: DurableClient) => Promise<unknown>): Promise<void> {
    const sent = async (client: DurableClient) => {
      try {
        await send(client).catch(ignore('InvalidOperationError'));
      } catch (error) {
        if (!(error instanceof UnknownOrchestrationError)) throw error;
        return false;
      }
      return true;
    };
    for (let tries = 0; !(await this.surely(sent)); tries++) {
      if (tries === 600) throw new Violation('restart', 'no worker with the code comes');
      await this.board.world.time.turns(1_000);
    }
  }

  /** Starts a run and waits for its result. */
  private async run(name: string, instanceId: string, input: unknown, expected: unknown): Promise<void> {
    await this.surely((client) => client.startNew(name, { instanceId, input }));
    await this.result(name, instanceId, expected);
  }

  private async result(name: string, instanceId: string, expected: unknown): Promise<void> {
    const result = await this.surely((client) => client.run(name, instanceId).result());
    this.checkEnded(instanceId);
    if (JSON.stringify(result) !== JSON.stringify(expected))
      throw new Violation('result', `${instanceId}: ${JSON.stringify(result)}, not ${JSON.stringify(expected)}`);
  }

  /** Waits for an end, whatever it is. */
  private async end(instanceId: string): Promise<void> {
    await this.surely((client) =>
      client.run('', instanceId).result().catch(ignore('OrchestrationFailedError', 'OrchestrationTerminatedError')),
    );
    this.checkEnded(instanceId);
  }

  /** A client was told of this end: it is committed. */
  private checkEnded(instanceId: string): void {
    this.journal.acknowledged++;
    const status = this.board.world.row(instanceId)?.status;
    if (status !== 'completed' && status !== 'failed' && status !== 'terminated')
      throw new Violation('acknowledgement', `${instanceId} was said to have ended, and is ${String(status)}`);
  }
}

function ignore(...names: string[]): (error: Error) => void {
  return (error) => {
    if (!names.includes(error.name)) throw error;
  };
}
