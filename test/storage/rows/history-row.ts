import { EntitySchema } from 'typeorm';

/** The events that one batch added to the history of one execution of an orchestration. */
export interface HistoryRow {
  instance: string;
  execution: string;
  chunk: number;
  events: string;
}

export const HistoryRow = new EntitySchema<HistoryRow>({
  name: 'HistoryRow',
  tableName: 'history',
  columns: {
    instance: { type: 'text', primary: true },
    execution: { type: 'text', primary: true },
    chunk: { type: 'integer', primary: true },
    events: { type: 'text' },
  },
});
