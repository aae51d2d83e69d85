import { EntitySchema } from '../typeorm.js';

/** The one row that says how this database was made. */
export interface HubRow {
  /** Always 1. */
  id: number;
  /** Version of the tables, one more with each migration that changes them. */
  schemaVersion: number;
  /** The lowest `schemaVersion` that code must know to use these tables. */
  minReader: number;
  /** Version of the JSON inside states, messages and history. */
  format: number;
  partitionCount: number;
  /** JSON text of an array: every name that any worker ever announced, sorted. */
  names: string;
  /** The next block of row ids; see `firstRowId` of the port. */
  nextBlock: number;
  /** The newest hub time that a worker committed which is not alive any more. */
  hubTime: number;
  /** The same of active time. */
  activeMs: number;
}

export const HubRow = new EntitySchema<HubRow>({
  name: 'HubRow',
  tableName: 'task_hub',
  columns: {
    id: { type: 'integer', primary: true },
    schemaVersion: { name: 'schema_version', type: 'integer' },
    minReader: { name: 'min_reader', type: 'integer' },
    format: { type: 'integer' },
    partitionCount: { name: 'partition_count', type: 'integer' },
    names: { type: 'text' },
    nextBlock: { name: 'next_block', type: 'integer', default: 0 },
    hubTime: { name: 'hub_time', type: 'integer', default: 0 },
    activeMs: { name: 'active_ms', type: 'integer', default: 0 },
  },
});
