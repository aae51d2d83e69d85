/** Operations that only look, in their turn and on the committed state. */
import { expect } from 'chai';
import {
  EffectsViolationError,
  InvalidArgumentError,
  InvalidOperationError,
  ReadOnlyViolationError,
  RegistrationError,
} from '../../src/errors/index.js';
import {
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  EntityOperationFailedError,
  Operation,
  StateDeserializationError,
  TaskEntity,
  type EntityContext,
} from '../../src/index.js';
import { Gate, failure, fresh, refusal, thrownByOperation } from './world.js';
import { acceptance, hardest, settingsOf } from './variants.js';

const other = new EntityId('Shelf', 'other');
const noted = defineOrchestration('Noted', async () => 'noted');

/** Each action that a read-only operation may not do. */
const deeds: Record<string, { run: (context: EntityContext, state: { books: string[] }) => unknown; did: string }> = {
  changes: { run: (_, state) => state.books.push('more'), did: 'changed the state' },
  sets: { run: (context) => context.setState({ books: [] }), did: 'set the state' },
  deletes: { run: (context) => context.deleteState(), did: 'deleted the state' },
  signals: { run: (context) => context.signalEntity(other, 'put', 'x'), did: 'signalled @shelf@other' },
  cancels: { run: (context) => context.cancelSignal(other, 'n'), did: 'cancelled a signal of @shelf@other' },
  starts: { run: (context) => context.startNewOrchestration(noted), did: 'started the orchestration Noted' },
};

function look(context: EntityContext, state: { books: string[] }): unknown {
  const deed = context.getInput<string | undefined>();
  if (deed === undefined) return state.books.length;
  if (!deed.startsWith('quietly ')) return deeds[deed]?.run(context, state);
  try {
    deeds[deed.slice(8)]?.run(context, state);
  } catch {
    // As code may do that means well.
  }
  return 'as if nothing were';
}

abstract class Shelved {
  books: string[] = ['first'];

  @Operation() put(book: string): number {
    return this.books.push(book);
  }
  @Operation({ readOnly: true }) look(): unknown {
    return look(Entity.current, this);
  }
  @Operation() delete(): void {
    Entity.current.deleteState();
  }
  @Operation() async lend(gate: string): Promise<void> {
    this.books.push('lent');
    await gateOf(gate).pass();
  }
}

const gates = new Map<string, Gate>();
function gateOf(name: string): Gate {
  const gate = gates.get(name) ?? new Gate();
  gates.set(name, gate);
  return gate;
}

@Entity({ name: 'Shelf', effects: 'none' })
class QuickShelf extends Shelved {}
@Entity({ name: 'Shelf' })
class PatientShelf extends Shelved {}

function serve(context: EntityContext): unknown {
  const state = context.getState(() => ({ books: ['first'] }));
  switch (context.operationName) {
    case 'put':
      return state.books.push(context.getInput<string>());
    case 'look':
      return look(context, state);
    case 'delete':
      return context.deleteState();
    case 'lend':
      state.books.push('lent');
      return gateOf(context.getInput<string>()).pass();
    default:
      return context.unknownOperation();
  }
}

function shelfIn(form: 'function' | 'class' | 'dispatch', effects: 'none' | 'external'): unknown {
  const type = effects === 'none' ? QuickShelf : PatientShelf;
  if (form === 'class') return type;
  const handler = form === 'function' ? serve : (context: EntityContext) => context.dispatch(type);
  return defineEntity('Shelf', { effects, readOnly: ['look'] }, handler);
}

for (const form of ['function', 'class', 'dispatch'] as const) {
  for (const effects of ['none', 'external'] as const) {
    acceptance(`operations that only look, of a ${form} entity with effects ${effects}`, settingsOf(form), (world) => {
      let id: EntityId;
      beforeEach(() => {
        id = new EntityId('Shelf', fresh('shelf'));
      });
      const start = () => world().start([shelfIn(form, effects), noted]);
      const callLook = (input?: string) => world().client.callEntity(id, 'look', input);
      const lookAtCommitted = (input?: string) =>
        world().client.callEntity(id, 'look', input, { consistency: 'committed' });
      const read = () => world().client.readEntityState<{ books: string[] }>(id);

      it('see the initial state of an entity that does not exist, which then still does not', async () => {
        await start();
        expect([await callLook(), await lookAtCommitted()]).to.deep.equal([1, 1]);
        expect(await read()).to.deep.equal({ entityExists: false, entityState: undefined });
      });

      for (const [deed, { did }] of Object.entries(deeds)) {
        it(`fail when one ${deed}, with an error that says so, also when the code catches it`, async () => {
          const client = await start();
          await client.callEntity(id, 'put', 'second');
          for (const send of [callLook, lookAtCommitted]) {
            for (const input of [deed, `quietly ${deed}`]) {
              const error = await refusal(send(input), ReadOnlyViolationError, 'DE_READ_ONLY');
              expect([error.did, error.operationName, error.entityId.toString()]).to.deep.equal([
                did,
                'look',
                id.toString(),
              ]);
              expect(error.message).to.contain(did);
            }
          }
          expect((await read()).entityState?.books).to.deep.equal(['first', 'second']);
          expect(await callLook(), 'it goes on as before').to.equal(2);
          expect((await client.readEntityState(other)).entityExists).to.equal(false);
        });
      }

      it('fail when they change the state that an entity would begin with', async () => {
        await start();
        for (const send of [callLook, lookAtCommitted]) {
          await refusal(send('changes'), ReadOnlyViolationError, 'DE_READ_ONLY');
          await refusal(send('signals'), ReadOnlyViolationError, 'DE_READ_ONLY');
        }
        expect((await read()).entityExists).to.equal(false);
      });

      it('on the committed state are refused for operations that may do more', async () => {
        const client = await start();
        const refused = client.callEntity(id, 'put', 'x', { consistency: 'committed' });
        const error = await refusal(refused, InvalidOperationError, 'DE_INVALID_OPERATION');
        expect(error.hint).to.contain('readOnly');
        expect((await read()).entityExists).to.equal(false);
      });
    });
  }

  acceptance(`calls of a ${form} entity on its committed state`, settingsOf(form), (world) => {
    it('wait neither for a lock, nor for what waits, nor for what runs, and see none of it', async () => {
      const holding = defineOrchestration('Holding', async (context, { shelf, gate }: Record<string, string>) => {
        using _section = await context.lock(new EntityId('Shelf', shelf as string));
        await context.waitForExternalEvent(gate as string);
      });
      const client = await world().start([shelfIn(form, 'external'), holding, noted]);
      const id = new EntityId('Shelf', fresh('shelf'));
      const books = (consistency?: 'ordered' | 'committed') =>
        client.callEntity<number>(id, 'look', undefined, { consistency });
      await client.callEntity(id, 'put', 'second');
      const gate = fresh('gate');
      const lent = client.callEntity(id, 'lend', gate);
      await gateOf(gate).entered;
      const third = client.callEntity(id, 'put', 'third');
      const inTurn = books();
      expect(await books('committed'), 'while an operation runs').to.equal(2);
      gateOf(gate).open();
      await Promise.all([lent, third]);
      expect(await inTurn, 'in its turn').to.equal(4);
      const run = await client.startNew(holding, { input: { shelf: id.key, gate } });
      const waiting = client.callEntity(id, 'put', 'fifth');
      expect(await books('committed'), 'while it is locked').to.equal(4);
      await run.raiseEvent(gate);
      await waiting;
      expect(await books('committed')).to.equal(5);
      expect(await books('ordered')).to.equal(5);
    });
  });
}

acceptance('operations that only look', hardest, (world) => {
  it('read-only operations of a class with initialize and of a TaskEntity begin with their initial state', async () => {
    let initialized = 0;
    @Entity({
      effects: 'none',
      initialize(this: Fancy, context) {
        initialized++;
        this.name = context.entityKey;
      },
    })
    class Fancy {
      name = '';
      @Operation({ readOnly: true }) async get(): Promise<string> {
        return this.name;
      }
    }
    @Entity({ effects: 'none' })
    class Task extends TaskEntity<{ n: number }> {
      protected override initializeState() {
        return { n: 7 };
      }
      @Operation({ readOnly: true }) async get(): Promise<number> {
        return this.state.n;
      }
      @Operation({ readOnly: true }) async drop(): Promise<void> {
        this.state = undefined as unknown as { n: number };
      }
      @Operation() async set(n: number): Promise<void> {
        this.state.n = n;
      }
    }
    const client = await world().start([Fancy, Task]);
    expect(await client.callEntity(Fancy, 'f', (fancy) => fancy.get())).to.equal('f');
    expect(await client.callEntity(Fancy, 'f', (fancy) => fancy.get(), { consistency: 'committed' })).to.equal('f');
    expect(initialized).to.equal(2);
    expect(await client.callEntity(Task, 't', (task) => task.get())).to.equal(7);
    expect((await client.readEntityState(Task, 't')).entityExists).to.equal(false);
    await client.callEntity(Task, 't', (task) => task.set(8));
    for (const consistency of ['ordered', 'committed'] as const) {
      const dropping = client.callEntity(Task, 't', (task) => task.drop(), { consistency });
      await refusal(dropping, ReadOnlyViolationError, 'DE_READ_ONLY');
      expect(await client.callEntity(Task, 't', (task) => task.get(), { consistency })).to.equal(8);
    }
  });

  it('a read-only operation may read a state of an older class, although writing would change its form', async () => {
    @Entity({ name: 'Grown', effects: 'none' })
    class Young {
      a = 1;
      @Operation() async set(a: number): Promise<void> {
        this.a = a;
      }
    }
    @Entity({ name: 'Grown', effects: 'none', version: 2, upgrade: (state) => ({ ...(state as object), b: 20 }) })
    class Grown {
      a = 1;
      b = 2;
      c = 3;
      @Operation({ readOnly: true }) async sum(): Promise<number> {
        return this.a + this.b + this.c;
      }
    }
    await (await world().start([Young])).callEntity(Young, 'g', (young) => young.set(100));
    const client = await world().restart([Grown]);
    expect(await client.callEntity(Grown, 'g', (grown) => grown.sum())).to.equal(123);
    expect(await client.callEntity(Grown, 'g', (grown) => grown.sum(), { consistency: 'committed' })).to.equal(123);
  });

  it('run custom initialisation of a function entity without storing it', async () => {
    const blob = defineEntity('Blob', { readOnly: ['GET'] }, (context) => {
      if (!context.hasState) context.setState({ pages: 1 });
      if (context.operationName === 'put') context.getState<{ pages: number }>()!.pages++;
      return context.getState<{ pages: number }>()?.pages;
    });
    const client = await world().start([blob]);
    const id = new EntityId('Blob', 'b');
    expect(await client.callEntity(id, 'get')).to.equal(1);
    expect((await client.readEntityState(id)).entityExists).to.equal(false);
    expect(await client.callEntity(id, 'put')).to.equal(2);
    expect(await client.callEntity(id, 'get', undefined, { consistency: 'committed' })).to.equal(2);
  });

  it('fail as others do: by what they throw, by a state that cannot be read, by awaiting what they may not', async () => {
    const awaiting = { effects: 'none', readOnly: ['sleep', 'throw', 'typed'] } as const;
    const moody = defineEntity('Moody', awaiting, async (context) => {
      if (context.operationName === 'set') return context.setState({ $bad: 1 });
      if (context.operationName === 'throw') throw new RangeError('no');
      return new Promise((resolve) => setTimeout(resolve, 20));
    });
    const client = await world().start([moody]);
    const id = new EntityId('Moody', 'm');
    const call = (operation: string) => client.callEntity(id, operation, undefined, { consistency: 'committed' });
    expect((await thrownByOperation(call('throw'))).name).to.equal('RangeError');
    await refusal(call('sleep'), EffectsViolationError, 'DE_EFFECTS_VIOLATION');
    expect(await failure(call('throw'))).to.be.instanceOf(EntityOperationFailedError);
    @Entity({ name: 'Grown' })
    class Text {
      a = 'text';
      @Operation() async set(): Promise<void> {
        this.a = 'no number';
      }
    }
    @Entity({ name: 'Grown' })
    class Number {
      a = 1;
      @Operation({ readOnly: true }) async get(): Promise<number> {
        return this.a;
      }
    }
    await world().host.stop();
    await (await world().start([Text])).callEntity(Text, 'x', (text) => text.set());
    const later = await world().restart([Number]);
    const reading = later.callEntity(Number, 'x', (number) => number.get(), { consistency: 'committed' });
    await refusal(reading, StateDeserializationError, 'DE_STATE_DESERIALIZATION');
  });

  it('readOnly and consistency are refused together with options that contradict them', async () => {
    const plain = defineEntity('Shelf', (context) => context.dispatch(QuickShelf));
    const client = await world().start([plain]);
    const id = new EntityId('Shelf', 's');
    const error = await thrownByOperation(client.callEntity(id, 'look'));
    expect(error.message, 'the dispatching entity must say it too').to.contain('readOnly');
    const committed = { consistency: 'committed', requestId: 'r' } as const;
    const repeated = await refusal(
      client.callEntity(id, 'look', undefined, committed),
      InvalidArgumentError,
      'DE_INVALID_ARGUMENT',
    );
    expect(repeated.argument).to.equal('requestId');
    const wrong = { consistency: 'eventual' } as unknown as { consistency: 'committed' };
    expect(await failure(client.callEntity(id, 'look', undefined, wrong))).to.be.instanceOf(InvalidArgumentError);
    for (const readOnly of ['get', [''], [1]] as unknown as string[][]) {
      expect(() => defineEntity('Wrong', { readOnly }, () => 1)).to.throw('readOnly');
    }
    @Entity()
    class Deaf {
      // @ts-expect-error -- it would do nothing at all
      @Operation({ readOnly: true, oneWay: true }) tell(): void {}
    }
    const registration = await refusal(world().restart([Deaf]), RegistrationError, 'DE_REGISTRATION');
    expect(registration.message).to.contain('readOnly and one-way');
  });

  it('running committed reads reject when the host stops', async () => {
    const gate = fresh('gate');
    const slow = defineEntity('Slow', { readOnly: ['look'] }, () => gateOf(gate).pass());
    const client = await world().start([slow]);
    const looking = failure(
      client.callEntity(new EntityId('Slow', 's'), 'look', undefined, { consistency: 'committed' }),
    );
    await gateOf(gate).entered;
    await world().host.stop();
    expect((await looking).name).to.equal('HostStoppedError');
  });
});
