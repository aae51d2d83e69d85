import { EntitySchema } from 'typeorm';

/** A tag of an orchestration, for queries: see `InstanceWrite.tags` of the port. */
export interface TagRow {
  tag: string;
  value: string;
  instance: string;
}

export const TagRow = new EntitySchema<TagRow>({
  name: 'TagRow',
  tableName: 'tag',
  withoutRowid: true,
  columns: {
    tag: { type: 'text', primary: true },
    value: { type: 'text', primary: true },
    instance: { type: 'text', primary: true },
  },
});
