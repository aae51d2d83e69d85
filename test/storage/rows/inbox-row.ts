import { EntitySchema } from 'typeorm';

/** A waiting message: see `InboxRow` of the port. `id` identifies it, and `seq` is its place in the order of sending. */
export interface InboxRow {
  seq: number;
  id: number;
  partition: number;
  target: string;
  arrival: number | null;
  due: number | null;
  attempts: number;
  body: string;
}

export const InboxRow = new EntitySchema<InboxRow>({
  name: 'InboxRow',
  tableName: 'inbox',
  columns: {
    seq: { type: 'integer', primary: true, generated: 'increment' },
    id: { type: 'integer', unique: true },
    partition: { type: 'integer' },
    target: { type: 'text' },
    arrival: { type: 'integer', nullable: true },
    due: { type: 'integer', nullable: true },
    attempts: { type: 'integer', default: 0 },
    body: { type: 'text' },
  },
});
