/** The entry `durable-entities/hub`: the port between clients and engines, the observer, and the inspector. */
export type * from './explanation.js';
export type * from './inspected.js';
export type * from './inspector.js';
export type * from './observer.js';
export type * from './snapshots.js';
export type * from './statistics.js';
export type * from './task-hub.js';
export type * from './tracer.js';
