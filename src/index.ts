export {
  Activity,
  DurableEntity,
  Entity,
  entityInterface,
  Operation,
  Orchestration,
  TaskEntity,
  type EntityClassOptions,
} from './classes/index.js';
export { defineActivity, defineEntity, defineOrchestration, resultOf } from './functions/index.js';
// What programs write often. The rest is in `durable-entities/functions`, `/client` and `/errors`, where declaration files find it.
export type {
  ActivityContext,
  ActivityDefinition,
  AttemptOptions,
  CriticalSection,
  DurableTimer,
  Effects,
  EntityContext,
  EntityDefinition,
  EntityInterface,
  OrchestrationContext,
  OrchestrationDefinition,
  RetryPolicy,
  SignalOptions,
  StartOptions,
} from './functions/index.js';
// From the entry itself, so that the declaration files of applications find the types behind these in `durable-entities/client`.
export { DurableClient, RunHandle } from './client.js';
export type { DeadLetter, EntityStatus, EntitySummary, OrchestrationStatus } from './client.js';
export {
  compactStorage,
  DurableHost,
  type DurableHostOptions,
  type FailedSignal,
  type RetentionOptions,
} from './host/index.js';
// What programs catch by its class.
export {
  ActivityFailedError,
  DurableError,
  EntityOperationFailedError,
  HostStoppedError,
  InstanceAlreadyExistsError,
  InvalidInputError,
  LockingRulesViolationError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  StateDeserializationError,
  StateSerializationError,
  StorageError,
  TimeoutError,
  UnknownOperationError,
  UnknownOutcomeError,
} from './errors/index.js';
export { EntityId } from './model/entity-id.js';
export type { Duration } from './model/duration.js';
export type { Limits } from './model/limits.js';
export type { SqliteStorage } from './model/sqlite-storage.js';
export type { RuntimeStatus } from './model/runtime-status.js';
export type { Logger } from './ports/log.js';
