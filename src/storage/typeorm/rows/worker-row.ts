import { EntitySchema } from 'typeorm';

/** Fence, lease and membership of one worker in one row: every commit moves `seq` by one while `alive`. */
export interface WorkerRow {
  incarnation: number;
  name: string;
  seq: number;
  /** 0 or 1. Never returns to 1. */
  alive: number;
  expiresAt: number;
}

export const WorkerRow = new EntitySchema<WorkerRow>({
  name: 'WorkerRow',
  tableName: 'worker',
  columns: {
    incarnation: { type: 'integer', primary: true, generated: 'increment' },
    name: { type: 'text' },
    seq: { type: 'integer' },
    alive: { type: 'integer' },
    expiresAt: { name: 'expires_at', type: 'integer' },
  },
});
