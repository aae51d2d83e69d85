export {
  DurableClient,
  type CallOptions,
  type ClientSignalOptions,
  type EntityStateResponse,
  type StateOf,
} from './durable-client.js';
export { RunHandle, type OrchestrationStatus, type WaitOptions } from './run-handle.js';
