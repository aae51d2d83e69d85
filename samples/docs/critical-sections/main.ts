import { DurableHost, Entity, LockingRulesViolationError, Operation, defineOrchestration } from 'durable-entities';

@Entity({ effects: 'none' })
class Seat {
  takenBy: string | null = null;

  @Operation()
  async holder(): Promise<string | null> {
    return this.takenBy;
  }

  @Operation()
  async take(person: string | null): Promise<void> {
    this.takenBy = person;
  }
}

// #region swap
/** Two people change places. No other operation runs on the two seats until the swap is complete. */
const swap = defineOrchestration('Swap', async (context, [left, right]: [string, string]): Promise<void> => {
  using _section = await context.lock([Seat, left], [Seat, right]);
  const [a, b] = [context.createEntityProxy(Seat, left), context.createEntityProxy(Seat, right)];
  const [onLeft, onRight] = await Promise.all([a.holder(), b.holder()]);
  await Promise.all([a.take(onRight), b.take(onLeft)]);
});
// #endregion

// #region release
/** A section that ends before its run. */
const glance = defineOrchestration('Glance', async (context, seat: string): Promise<boolean> => {
  const section = await context.lock([Seat, seat]);
  let free: boolean;
  try {
    free = (await context.createEntityProxy(Seat, seat).holder()) === null;
  } finally {
    section.release();
  }
  await context.createTimer('1 ms'); // the seat is not locked here
  return free;
});
// #endregion

// #region compensate
const takeAll = defineOrchestration('TakeAll', async (context, seats: string[]): Promise<string> => {
  using _section = await context.lock(...seats.map((seat) => [Seat, seat] as const));
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const key of seats) {
      const seat = context.createEntityProxy(Seat, key);
      const before = await seat.holder();
      if (before !== null) throw new Error(`${key} is taken by ${before}`);
      await seat.take('the group');
      undo.push(() => seat.take(before));
    }
    return 'all taken';
  } catch (error) {
    for (const step of undo.reverse()) await step(); // the seats are still locked
    return (error as Error).message;
  }
});
// #endregion

// #region rules
const careless = defineOrchestration('Careless', async (context): Promise<string[]> => {
  using _section = await context.lock([Seat, '1A']);
  const seat = context.createEntityProxy(Seat, '1A');
  const attempts = [
    () => context.lock([Seat, '2B']),
    () => context.callSubOrchestration(glance, '2B'),
    () => context.createEntityProxy(Seat, '2B').holder(),
    () => Promise.all([seat.holder(), seat.holder()]),
    async () => context.signalEntity(Seat, '1A', (proxy) => proxy.take('nobody')),
  ];
  const codes: string[] = [];
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      if (error instanceof LockingRulesViolationError) codes.push(error.code);
    }
  }
  return codes; // the section is still valid
});
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register: [Seat, swap, glance, takeAll, careless] });
const { client } = host;

await client.callEntity(Seat, '1A', (seat) => seat.take('ann'));
await client.callEntity(Seat, '1B', (seat) => seat.take('bob'));
await (await client.startNew(swap, { input: ['1B', '1A'] })).result();
console.log('1A   ->', await client.callEntity(Seat, '1A', (seat) => seat.holder()));
console.log('free ->', await (await client.startNew(glance, { input: '1C' })).result());
console.log('all  ->', await (await client.startNew(takeAll, { input: ['1C', '1D', '1A'] })).result());
console.log('1C   ->', await client.callEntity(Seat, '1C', (seat) => seat.holder()));
console.log('rules:', (await (await client.startNew(careless)).result()).join(' '));
