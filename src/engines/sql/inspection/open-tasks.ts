/** The steps of an execution that have no answer yet, found in its history. */
import type { RunAction } from '../../../model/orchestration-events.js';
import type { HistoryEvent } from '../core/history.js';

export type OpenAction = Extract<RunAction, { kind: 'call' | 'activity' | 'sub' | 'timer' | 'lock' }>;

export interface OpenTask {
  readonly action: OpenAction;
  /** When the code asked for it. */
  readonly atMs: number;
  /** The inbox row of a timer or an activity. 0 for others. */
  readonly row: number;
  /** The id of a sub-orchestration. */
  readonly child: string | undefined;
  /** The number of locks that a critical section holds. */
  readonly held: number;
}

export interface OpenTasks {
  readonly tasks: readonly OpenTask[];
  /** When the code received its last event. `undefined` if it has not begun. */
  readonly lastAtMs: number | undefined;
}

export function openTasks(events: readonly HistoryEvent[]): OpenTasks {
  const open = new Map<number, OpenTask>();
  let lastAtMs: number | undefined;
  for (const each of events) {
    if (each.h === 'fed') {
      lastAtMs = each.at;
      if ('task' in each.event) open.delete(each.event.task);
    } else if (each.h === 'lock') {
      const section = open.get(each.section);
      if (section !== undefined) open.set(each.section, { ...section, held: section.held + 1 });
    } else if (each.h === 'did') note(open, each, lastAtMs ?? 0);
  }
  const isOpen = (task: number) => open.has(task);
  // A time limit is not what the code waits for, while its task is open.
  const tasks = [...open.values()].filter(
    ({ action }) => action.kind !== 'timer' || action.limits === undefined || !isOpen(action.limits.task),
  );
  return { tasks, lastAtMs };
}

function note(
  open: Map<number, OpenTask>,
  { action, row = 0, child }: HistoryEvent & { h: 'did' },
  atMs: number,
): void {
  switch (action.kind) {
    case 'call':
    case 'activity':
    case 'sub':
    case 'timer':
    case 'lock':
      open.set(action.task, {
        action,
        atMs,
        row,
        child: child ?? (action.kind === 'sub' ? action.instanceId : undefined),
        held: 0,
      });
      break;
    case 'cancelTimer':
      open.delete(action.timer);
      break;
    case 'cancelActivity':
      open.delete(action.activity);
      break;
    default:
      break;
  }
}
