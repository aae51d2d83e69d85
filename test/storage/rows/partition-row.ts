import { EntitySchema } from 'typeorm';

export interface PartitionRow {
  /** 0 to partition count - 1. */
  number: number;
  /** Incarnation of the worker that owns the partition, living or dead. 0 if there is no owner. */
  owner: number;
  /** The fencing token. Each change of the owner adds 1. */
  epoch: number;
  /** The number of consecutive take-overs from an owner that a poison message may have killed. */
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
