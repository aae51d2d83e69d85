/** Condition for instances by whether rows of the inbox wait for them. The targets are read once for a statement: no index begins with one. */
export function waitingOf(inbox: string, isWaiting: boolean): string {
  return `id ${isWaiting ? '' : 'NOT '}IN (SELECT target FROM ${inbox} WHERE ${notScheduled})`;
}

/** The condition for rows of the inbox that wait for no time. */
export const notScheduled = '(arrival IS NOT NULL OR due IS NULL)';
