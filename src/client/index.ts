export { DeadLetters, type DeadLetter } from './dead-letters.js';
export {
  DurableClient,
  type CallOptions,
  type ClientSignalOptions,
  type EntityStateResponse,
  type StateOf,
} from './durable-client.js';
export { RunHandle, type WaitOptions } from './run-handle.js';
export type { OrchestrationStatus } from './run-status.js';
