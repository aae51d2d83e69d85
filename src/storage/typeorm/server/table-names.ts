/** The tables of format 2 on every server. */
export const tableNames = [
  'task_hub',
  'worker',
  'partition',
  'instance',
  'inbox',
  'history',
  'receipt',
  'dead_letter',
  'tag',
  'named_signal',
];
