export { defineActivity, defineEntity, defineOrchestration } from './define.js';
export { resultOf, type OrchestrationSteps } from './generators.js';
export type * from './definitions.js';
export type * from './activity-context.js';
export type * from './entity-context.js';
export type * from './orchestration-context.js';
export type * from './tokens.js';
export { StoredStateProblem, type StateType } from './state-type.js';
