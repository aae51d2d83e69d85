/**
 * Names of journal entries. They tell what the journal of an execution does not: the step whose time limit a timer is, and the timers that
 * the code has cancelled since the entry before, as in `limits 3` and `cancels 5 6`. Restate compares names in a replay. So a name counts
 * the steps that have entries, and not the actions of the code: new code that asks for a patch has the same names.
 */
export interface EntryName {
  /** The step whose time limit a timer is. */
  readonly limitOf?: number | undefined;
  /** Steps of the timers that the code has cancelled since the entry before. */
  readonly cancelled: readonly number[];
}

export function entryName({ limitOf, cancelled }: EntryName): string {
  const parts = [
    ...(limitOf === undefined ? [] : [`limits ${limitOf}`]),
    ...(cancelled.length === 0 ? [] : [`cancels ${cancelled.join(' ')}`]),
  ];
  return parts.join(' ');
}

const form = /^(?:limits (\d+))? ?(?:cancels (\d+(?: \d+)*))?$/;

export function readEntryName(text: string): EntryName {
  const [, limitOf, cancelled] = form.exec(text) ?? [];
  return {
    limitOf: limitOf === undefined ? undefined : Number(limitOf),
    cancelled: cancelled === undefined ? [] : cancelled.split(' ').map(Number),
  };
}
