/** Programs that leave rows behind: ended orchestrations of each status, expiring entities, receipts, dead letters. */
import { defineEntity, defineOrchestration } from '../../src/index.js';
import { bomb } from '../chaos/workload.js';
import { id } from '../engine/programs.js';

/** @param keptMs how long an entity stays that nobody uses */
export function workload(keptMs: number) {
  const visitor = defineEntity('Visitor', { effects: 'none', expireAfter: keptMs }, (context) => {
    const visits = context.getState<number>(() => 0) + 1;
    context.setState(visits);
    return visits;
  });
  return [visitor, bomb, errand, failing, waiting];
}

export const errand = defineOrchestration('Errand', async (context, visitor: string) => {
  await context.createTimer(20);
  return context.callEntity<number>(id('Visitor', visitor), 'visit');
});

export const failing = defineOrchestration('Failing', async (context, visitor: string) => {
  await context.callEntity(id('Visitor', visitor), 'visit');
  throw new Error('as it shall');
});

/** Is terminated. */
export const waiting = defineOrchestration('Waiting', async (context) => {
  await context.waitForExternalEvent('never');
});
