import { EntityId, defineOrchestration } from 'durable-entities';
import { ICounter } from './counter.js';

/** Entity and operations by strings: the compiler checks nothing. */
export const addThreeThenGet = defineOrchestration('AddThreeThenGet', async (context, key: string) => {
  const id = new EntityId('Counter', key);
  context.signalEntity(id, 'add', 3); // one-way: there is no answer to await
  return context.callEntity<number>(id, 'get'); // two-way, and applied after the signal
});

/** A proxy: the compiler checks names and arguments. It signals `void` methods, and calls methods that return a promise. */
export const incrementThenGet = defineOrchestration('IncrementThenGet', async (context, key: string) => {
  const counter = context.createEntityProxy(ICounter, new EntityId('Counter', key));
  counter.add(1);
  return counter.get();
});

/** The key alone is enough if exactly one registered class implements the interface. */
export const incrementByKey = defineOrchestration('IncrementByKey', async (context, key: string) => {
  context.signalEntity(ICounter, key, (counter) => counter.add(1));
  return context.createEntityProxy(ICounter, key).get();
});

/**
 * Counts up to ten if its runs follow one another. Concurrent runs could all read nine and add to it, because other
 * operations may run between the call and the signal. A critical section (sample 07) prevents that.
 */
export const countToTen = defineOrchestration('CountToTen', async (context, key: string) => {
  const counter = context.createEntityProxy(ICounter, key);
  if ((await counter.get()) < 10) counter.add(1);
});
