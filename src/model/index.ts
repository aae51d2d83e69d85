export { EntityId } from './entity-id.js';
export type { Duration } from './duration.js';
export type { Json } from './values.js';
