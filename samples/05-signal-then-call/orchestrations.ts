import { EntityId, defineOrchestration } from 'durable-entities';
import { ICounter } from './counter.js';

/** Names as strings: nothing is checked before it runs. */
export const addThreeThenGet = defineOrchestration('AddThreeThenGet', async (context, key: string) => {
  const id = new EntityId('Counter', key);
  context.signalEntity(id, 'add', 3); // one-way: nothing to wait for
  return context.callEntity<number>(id, 'get'); // two-way; comes behind the signal
});

/** A proxy: the compiler checks names and arguments. What returns `void` is signalled, what returns a promise is called. */
export const incrementThenGet = defineOrchestration('IncrementThenGet', async (context, key: string) => {
  const counter = context.createEntityProxy(ICounter, new EntityId('Counter', key));
  counter.add(1);
  return counter.get();
});

/** The key alone is enough where one registered class implements the interface. */
export const incrementByKey = defineOrchestration('IncrementByKey', async (context, key: string) => {
  context.signalEntity(ICounter, key, (counter) => counter.add(1));
  return context.createEntityProxy(ICounter, key).get();
});

/**
 * Counts up to ten, when its runs follow one another. Runs at the same time could all see nine and add to it:
 * between the call and the signal anybody's operation may run. A critical section (sample 07) closes the gap.
 */
export const countToTen = defineOrchestration('CountToTen', async (context, key: string) => {
  const counter = context.createEntityProxy(ICounter, key);
  if ((await counter.get()) < 10) counter.add(1);
});
