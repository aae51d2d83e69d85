export {
  Activity,
  Annotate,
  DurableEntity,
  Entity,
  entityInterface,
  Operation,
  Orchestration,
  TaskEntity,
  type EntityClassOptions,
  type InjectedToken,
  type ServiceToken,
} from './classes/index.js';
export { defineActivity, defineEntity, defineOrchestration, resultOf } from './functions/index.js';
// Types that programs write often. `durable-entities/functions`, `/client` and `/errors` export the remaining ones.
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
// Exported from `./client.js`, so that declaration files of applications refer to `durable-entities/client` for the types behind these.
export { DurableClient, RunHandle } from './client.js';
export type { DeadLetter, EntityStatus, EntitySummary, OrchestrationStatus } from './client.js';
export {
  compactStorage,
  DurableHost,
  type DurableHostOptions,
  type FailedSignal,
  type HostStatus,
  type RetentionOptions,
} from './host/index.js';
// Errors that programs catch by their class.
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
export type { MysqlStorage } from './model/mysql-storage.js';
export type { PostgresStorage } from './model/postgres-storage.js';
export type { SqliteStorage } from './model/sqlite-storage.js';
export type { RuntimeStatus } from './model/runtime-status.js';
export type { Logger } from './ports/log.js';
