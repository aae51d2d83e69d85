export { crashEverywhere, type CrashScenario } from './crash-everywhere.js';
export { TestHostCrashedError, TestStuckError } from './errors.js';
export type { CommitFailure, Faults } from './faults.js';
export type { OrchestrationHistory } from './history.js';
export { readHistory, type ReadHistoryOptions } from './read-history.js';
export { replay, type Replayed, type ReplayOptions } from './replay.js';
export {
  runOperation,
  type OperationRun,
  type RunOperationOptions,
  type SentSignal,
  type StartedOrchestration,
} from './run-operation.js';
export {
  TestHost,
  type LogLine,
  type NextProcessOptions,
  type RecordedFailedSignal,
  type TestHostOptions,
} from './test-host.js';
