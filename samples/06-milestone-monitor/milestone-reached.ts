import { defineOrchestration, type EntityId } from 'durable-entities';

export const milestoneReached = defineOrchestration('MilestoneReached', async (context, id: EntityId) => {
  const value = await context.callEntity<number>(id, 'get');
  return `${id.toString()} stands at ${value}`;
});
