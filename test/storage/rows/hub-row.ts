import { EntitySchema } from 'typeorm';

/** The only row of the table of the task hub: versions, partition count and known names. */
export interface HubRow {
  /** Always 1. */
  id: number;
  /** Version of the tables. Each migration that changes them adds 1. */
  schemaVersion: number;
  /** The lowest `schemaVersion` that code must know to use these tables. */
  minReader: number;
  /** Version of the JSON inside states, messages and history. */
  format: number;
  partitionCount: number;
  /** JSON text of a sorted array of all names that any worker has ever announced. */
  names: string;
  /** The next block of row ids; see `firstRowId` of the port. */
  nextBlock: number;
  /** The newest hub time of all workers that are not alive any more. */
  hubTime: number;
  /** The newest active time of all workers that are not alive any more. */
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
