import { HistoryRow } from './history-row.js';
import { HubRow } from './hub-row.js';
import { InboxRow } from './inbox-row.js';
import { InstanceRow } from './instance-row.js';
import { NamedSignalRow } from './named-signal-row.js';
import { PartitionRow } from './partition-row.js';
import { ReceiptRow } from './receipt-row.js';
import { TagRow } from './tag-row.js';
import { WorkerRow } from './worker-row.js';

export { HistoryRow, HubRow, InboxRow, InstanceRow, NamedSignalRow, PartitionRow, ReceiptRow, TagRow, WorkerRow };

/** All tables, for a `DataSource`. Its `entityPrefix` gives the prefix of the table names. */
export const allRows = [
  HubRow,
  WorkerRow,
  PartitionRow,
  InstanceRow,
  InboxRow,
  HistoryRow,
  ReceiptRow,
  TagRow,
  NamedSignalRow,
];
