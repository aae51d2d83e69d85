export { DeadLetters, type DeadLetter } from './dead-letters.js';
export type {
  CallOptions,
  ClientSignalOptions,
  ClientStartOptions,
  EntityStateResponse,
  ReadOptions,
  StateOf,
  TransactionSignalOptions,
  WaitOptions,
  WatchOptions,
} from './client-options.js';
export type { EntityQuery, EntityStatus, EntitySummary } from './entity-query.js';
export type { PageOptions, PageRequest, Query, QueryPage } from './query.js';
export { RunHandle, type ChildrenOptions, type RestartOptions } from './run-handle.js';
export type { RunHistoryEvent } from './run-history.js';
export type { RunCounts, RunFilter, RunQuery } from './run-query.js';
export type { ConnectOptions } from './connect-options.js';
export { TransactionSender } from './within.js';
export type { Ticket } from '../model/ticket.js';
export type { OrchestrationStatus } from './run-status.js';
