export {
  Activity,
  DurableEntity,
  Entity,
  entityInterface,
  Operation,
  Orchestration,
  TaskEntity,
  type EntityClassOptions,
  type EntityInput,
  type InputSchema,
} from './classes/index.js';
export { defineActivity, defineEntity, defineOrchestration } from './functions/define.js';
export { resultOf, type OrchestrationSteps } from './functions/generators.js';
export type * from './functions/definitions.js';
export type * from './functions/activity-context.js';
export type * from './functions/entity-context.js';
export type * from './functions/orchestration-context.js';
export type * from './functions/tokens.js';
export * from './client/index.js';
export * from './errors/index.js';
export * from './host/index.js';
export { EntityId } from './model/entity-id.js';
export type { Duration } from './model/duration.js';
export type { Limits } from './model/limits.js';
export type { RuntimeStatus } from './model/run-record.js';
export type { Logger } from './ports/log.js';
