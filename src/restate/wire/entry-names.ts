/**
 * Names of journal entries. The driver of an execution gives each request the number of the action that asks for it, so that a history can be
 * read from the journal. A cancelled timer has no entry, so the name of the next request tells it: `7`, `7 limits 3`, `7 cancels 5 6`.
 */
export interface EntryName {
  /** Number of the action. `undefined` if no action asks for the request. */
  readonly task: number | undefined;
  /** The task whose time limit a timer is. */
  readonly limitOf?: number | undefined;
  /** Timers that the code has cancelled since the request before. */
  readonly cancelled: readonly number[];
}

export function entryName({ task, limitOf, cancelled }: EntryName): string {
  const parts = [
    ...(task === undefined ? [] : [String(task)]),
    ...(limitOf === undefined ? [] : [`limits ${limitOf}`]),
    ...(cancelled.length === 0 ? [] : [`cancels ${cancelled.join(' ')}`]),
  ];
  return parts.join(' ');
}

const form = /^(\d*) ?(?:limits (\d+))? ?(?:cancels ((?:\d+ ?)+))?$/;

export function readEntryName(text: string): EntryName {
  const [, task = '', limitOf, cancelled] = form.exec(text) ?? [];
  return {
    task: task === '' ? undefined : Number(task),
    limitOf: limitOf === undefined ? undefined : Number(limitOf),
    cancelled: cancelled === undefined ? [] : cancelled.split(' ').map(Number),
  };
}
