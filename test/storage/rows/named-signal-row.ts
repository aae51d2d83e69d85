import { EntitySchema } from 'typeorm';

/** The name of a scheduled signal that waits for an entity: see `NamedSignal` of the port. */
export interface NamedSignalRow {
  entity: string;
  name: string;
  /** The id of the inbox row. */
  row: number;
}

export const NamedSignalRow = new EntitySchema<NamedSignalRow>({
  name: 'NamedSignalRow',
  tableName: 'named_signal',
  withoutRowid: true,
  columns: {
    entity: { type: 'text', primary: true },
    name: { type: 'text', primary: true },
    row: { type: 'integer' },
  },
});
