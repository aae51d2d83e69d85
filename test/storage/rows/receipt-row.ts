import { EntitySchema } from 'typeorm';

/** A used request id (idempotency key): see `Receipt` of the port. */
export interface ReceiptRow {
  requestId: string;
  target: string;
  hash: string;
  outcome: string | null;
  /** Active time of the message, in ms. */
  at: number;
}

export const ReceiptRow = new EntitySchema<ReceiptRow>({
  name: 'ReceiptRow',
  tableName: 'receipt',
  withoutRowid: true,
  columns: {
    requestId: { name: 'request_id', type: 'text', primary: true },
    target: { type: 'text', primary: true },
    hash: { type: 'text' },
    outcome: { type: 'text', nullable: true },
    at: { type: 'integer' },
  },
});
