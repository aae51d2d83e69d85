import { EntitySchema } from 'typeorm';

/** The newest state of an entity or orchestration: see `InstanceRow` of the port. */
export interface InstanceRow {
  id: string;
  kind: string;
  name: string;
  key: string;
  partition: number;
  version: number;
  state: string | null;
  meta: string | null;
  status: string | null;
  createdAt: number;
  updatedAt: number;
  endedAt: number | null;
  endedActive: number | null;
  parent: string | null;
  firstChunk: string | null;
}

export const InstanceRow = new EntitySchema<InstanceRow>({
  name: 'InstanceRow',
  tableName: 'instance',
  columns: {
    id: { type: 'text', primary: true },
    kind: { type: 'text' },
    name: { type: 'text' },
    key: { type: 'text' },
    partition: { type: 'integer' },
    version: { type: 'integer' },
    state: { type: 'text', nullable: true },
    meta: { type: 'text', nullable: true },
    status: { type: 'text', nullable: true },
    createdAt: { name: 'created_at', type: 'integer' },
    updatedAt: { name: 'updated_at', type: 'integer' },
    endedAt: { name: 'ended_at', type: 'integer', nullable: true },
    endedActive: { name: 'ended_active', type: 'integer', nullable: true },
    parent: { type: 'text', nullable: true },
    firstChunk: { name: 'first_chunk', type: 'text', nullable: true },
  },
});
