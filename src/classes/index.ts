export { Annotate } from './annotate.js';
export type { InjectedToken, ServiceToken } from './construction/inject-option.js';
export { Entity, Entity as DurableEntity, type EntityClassOptions } from './entity.js';
export { entityInterface } from './entity-interface.js';
export type { InputSchema } from './input.js';
export { Operation } from './operation.js';
export { Activity, Orchestration } from './runnables.js';
export { TaskEntity } from './task-entity.js';
// For the host: `createClassSupport(...).definitions` is what was registered, as plain definitions.
export { createClassSupport, type ClassLayer, type ClassSupportOptions } from './support.js';
