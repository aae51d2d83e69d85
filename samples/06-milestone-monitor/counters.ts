import { Entity, EntityId, Operation, defineEntity } from 'durable-entities';
import { milestoneReached } from './milestone-reached.js';

const milestone = 100;

/** Signals a monitor at its milestone. Signal and new state are committed together, or not at all. */
export const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  if (context.operationName !== 'add') context.unknownOperation();
  const before = context.getState(() => 0);
  const after = before + context.getInput<number>();
  if (before < milestone && after >= milestone) {
    context.signalEntity(new EntityId('MonitorEntity', ''), 'milestone-reached', context.entityKey);
  }
  context.setState(after);
});

/** Remembers the counters that have signalled it. There is one monitor, with the empty key. */
export const monitor = defineEntity('MonitorEntity', { effects: 'none' }, (context) => {
  const reached = context.getState<string[]>(() => []);
  if (context.operationName === 'milestone-reached') reached.push(context.getInput());
  else if (context.operationName === 'list') context.return(reached);
  else context.unknownOperation();
});

/** Starts an orchestration at its milestone. Start and new state are committed together, or not at all. */
@Entity({ effects: 'none' })
export class ClassCounter {
  value = 0;

  @Operation()
  async add(amount: number): Promise<number> {
    const before = this.value;
    this.value += amount;
    if (before < milestone && this.value >= milestone) {
      const { entityId, entityKey } = Entity.current;
      Entity.current.startNewOrchestration(milestoneReached, { input: entityId, instanceId: `milestone-${entityKey}` });
    }
    return this.value;
  }

  @Operation()
  async get(): Promise<number> {
    return this.value;
  }
}
