import type { HistoryEntry } from './inspected.js';

/** Fields of an entry of a history, all of them absent. An engine adds those of the kind of the entry. */
export const emptyEntry: Omit<HistoryEntry, 'index' | 'kind' | 'kept'> = {
  atMs: undefined,
  task: undefined,
  name: undefined,
  target: undefined,
  targets: undefined,
  value: undefined,
  error: undefined,
  startedAtMs: undefined,
  dueMs: undefined,
  section: undefined,
  limitOf: undefined,
  cancels: undefined,
  version: undefined,
};
