import { DurableHost, Entity, Operation, UnknownOperationError, defineOrchestration, EntityId } from 'durable-entities';

// #region own
class Overdrawn extends Error {
  override readonly name = 'Overdrawn';

  constructor(readonly missing: number) {
    super(`${missing} cents are missing`);
  }
}

@Entity({ effects: 'none' })
class Purse {
  cents = 10;

  @Operation()
  async pay(cents: number): Promise<void> {
    if (cents > this.cents) throw new Overdrawn(cents - this.cents);
    this.cents -= cents;
  }
}
// #endregion

// #region orchestration
const buy = defineOrchestration('Buy', async (context, cents: number): Promise<string> => {
  try {
    await context.createEntityProxy(Purse, 'ann').pay(cents);
    return 'bought';
  } catch (error) {
    if (error instanceof EntityOperationFailedError && error.is('Overdrawn')) return 'too expensive';
    throw error;
  }
});
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register: [Purse, buy] });
const { client } = host;

// #region catch
import { EntityOperationFailedError } from 'durable-entities';

try {
  await client.callEntity(Purse, 'ann', (purse) => purse.pay(25));
} catch (error) {
  if (!(error instanceof EntityOperationFailedError)) throw error;
  console.log('code    ->', error.code); // stable: for programs
  console.log('message ->', error.message); // for people
  console.log('hint    ->', error.hint); // what to do next
  console.log('retry   ->', error.retry); // 'never', 'safe' or 'same-id'
  console.log('is      ->', error.is('Overdrawn')); // the name of what was thrown, anywhere in the chain of causes
  console.log('cause   ->', (error.cause as Overdrawn).missing); // with its own fields
}
// #endregion

console.log('run     ->', await (await client.startNew(buy, { input: 25 })).result());
const unknown: unknown = await client
  .callEntity(new EntityId('Purse', 'ann'), 'steal')
  .catch((thrown: unknown) => thrown);
console.log('unknown ->', unknown instanceof UnknownOperationError && unknown.hint);

// #region same-id
import { DurableError } from 'durable-entities';

/** Repeats a call without an answer. With one request id the call takes effect once, however often it is sent. */
async function payForSure(cents: number, requestId: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.callEntity(Purse, 'ann', (purse) => purse.pay(cents), { timeout: '5s', requestId });
    } catch (error) {
      if (!(error instanceof DurableError) || error.retry === 'never' || attempt === 5) throw error;
    }
  }
}
// #endregion
await payForSure(4, 'order-1');
await payForSure(4, 'order-1');
console.log('left    ->', (await client.readEntityState(Purse, 'ann')).entityState?.cents);

// #region failed-signal
await using watched = await DurableHost.start({
  storage: ':memory:',
  register: [Purse],
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  onSignalFailed: (error, { entityId, operationName }) =>
    console.log('signal  ->', entityId.toString(), operationName, error.name),
});
await watched.client.signalEntity(Purse, 'bob', (purse) => purse.pay(25));
// #endregion
await watched.client.callEntity(Purse, 'bob', (purse) => purse.pay(1));
