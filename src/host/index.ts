export { compactStorage } from './compact.js';
export { DurableHost } from './durable-host.js';
export type { DurableHostOptions, FailedSignal, RetentionOptions } from './options.js';
export type { HostStatus } from '../engines/sql/status.js';
