export { DeadLetters, type DeadLetter } from './dead-letters.js';
export {
  DurableClient,
  type CallOptions,
  type ClientSignalOptions,
  type EntityStateResponse,
  type ReadOptions,
  type StateOf,
} from './durable-client.js';
export type { EntityQuery, EntityStatus, EntitySummary } from './entity-query.js';
export type { PageOptions, Query, QueryPage } from './query.js';
export { RunHandle, type RestartOptions, type WaitOptions } from './run-handle.js';
export type { RunFilter, RunQuery } from './run-query.js';
export type { ConnectOptions } from '../host/connect.js';
export { TransactionSender } from './within.js';
export type { Ticket } from '../model/ticket.js';
export type { OrchestrationStatus } from './run-status.js';
