export * from './durable-error.js';
export * from './argument-errors.js';
export * from './registration-errors.js';
export * from './operation-errors.js';
export * from './orchestration-errors.js';
export { PackageError } from './package-errors.js';
export * from './host-errors.js';
export type { WaitReason } from './wait-reason.js';
export { httpStatusOf } from './http-status.js';
