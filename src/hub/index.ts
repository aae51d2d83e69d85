/** The entry `durable-entities/hub`: the port between clients and engines, and the observer. */
export type * from './observer.js';
export type * from './snapshots.js';
export type * from './task-hub.js';
