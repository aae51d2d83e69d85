import { EntitySchema } from '../typeorm.js';

export interface PartitionRow {
  /** 0 to partition count - 1. */
  number: number;
  /** Incarnation of the worker that runs it, living or dead; 0 for none. */
  owner: number;
  /** One more with each change of owner. */
  epoch: number;
  /** How often in a row it was taken over from an owner that may have died of what it ran. */
  crashes: number;
}

export const PartitionRow = new EntitySchema<PartitionRow>({
  name: 'PartitionRow',
  tableName: 'partition',
  columns: {
    number: { type: 'integer', primary: true },
    owner: { type: 'integer' },
    epoch: { type: 'integer' },
    crashes: { type: 'integer', default: 0 },
  },
});
