/**
 * The results that a rewound execution keeps of the failed one: everything that succeeded, in the order in which the code received it.
 *
 * The new execution runs the code from its start. An action that has a kept answer is not performed again: the code receives the kept
 * answer, at the recorded time. An action without a kept answer is performed again. Answers are matched by the content of their actions,
 * and not by task numbers: without its failed answers, the code may take another path. For example, a retry that succeeded answers the
 * first attempt.
 */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import { describeAction } from './describe-action.js';
import type { HistoryEvent, RecordedAnswers, Told } from './history.js';

/** The decision about an action of the new execution. */
export type Claim =
  | { readonly kind: 'perform' }
  /** The action is not performed again. If it has an answer, the code receives it in its turn. */
  | { readonly kind: 'kept' }
  /** A sub-orchestration without a result. The orchestration with this id continues. */
  | { readonly kind: 'again'; readonly child: string }
  /** A call in a critical section that is kept but not held: the code differs from what it did there before. */
  | { readonly kind: 'impossible' };

const perform: Claim = { kind: 'perform' };
const kept: Claim = { kind: 'kept' };

interface Entry extends Told {
  /** The task number in the new execution. `undefined` if the code has not asked for it yet. */
  task: number | undefined;
  used: boolean;
}

/** The results of an earlier execution, which the new one uses up. Live turns and replay take the same steps. */
export class RewindResults {
  private readonly entries: Entry[];
  /** All entries before this index are used up. */
  private head = 0;
  private readonly unclaimed = new Map<string, Entry[]>();
  private readonly done = new Map<string, number>();
  private readonly children = new Map<string, string[]>();
  /** Sections that the code passes without their locks. */
  private readonly sections = new Set<number>();
  readonly patches: ReadonlySet<string>;

  constructor({ told, done, children, patches }: RecordedAnswers) {
    this.patches = new Set(patches);
    this.entries = told.map((each) => ({ ...each, task: undefined, used: false }));
    for (const entry of this.entries) if (entry.of !== undefined) listOf(this.unclaimed, entry.of).push(entry);
    for (const key of done) this.done.set(key, (this.done.get(key) ?? 0) + 1);
    for (const { of, child } of children) listOf(this.children, of).push(child);
  }

  /** Decides about an action of the code. */
  claim(action: RunAction): Claim {
    const key = actionKey(action);
    switch (action.kind) {
      case 'cancelTimer':
      case 'cancelActivity': {
        const cancelled = action.kind === 'cancelTimer' ? action.timer : action.activity;
        const told = this.entries.find(({ task, used }) => task === cancelled && !used);
        if (told !== undefined) told.used = true;
        return perform;
      }
      case 'release':
        return this.sections.has(action.section) ? kept : perform;
      case 'signal':
      case 'cancelSignal':
      case 'start':
      case 'event': {
        const count = this.done.get(key) ?? 0;
        this.done.set(key, count - 1);
        return count > 0 ? kept : perform;
      }
      case 'call':
        if (action.section === undefined) return this.claimAnswer(key, action.task) ? kept : perform;
        // While the lock is held, every call is performed.
        if (!this.sections.has(action.section)) return perform;
        return this.claimAnswer(key, action.task) ? kept : { kind: 'impossible' };
      case 'lock':
        if (!this.claimAnswer(key, action.task)) return perform;
        this.sections.add(action.task);
        return kept;
      case 'sub': {
        if (this.claimAnswer(key, action.task)) return kept;
        const child = this.children.get(key)?.shift();
        return child === undefined ? perform : { kind: 'again', child };
      }
      case 'activity':
      case 'timer':
        return this.claimAnswer(key, action.task) ? kept : perform;
      case 'refused':
      case 'patch':
        return perform;
    }
  }

  private claimAnswer(key: string, task: number): boolean {
    const entry = this.unclaimed.get(key)?.shift();
    if (entry !== undefined) entry.task = task;
    return entry !== undefined;
  }

  /**
   * The next event for the code: the first one whose action the code has asked for. `undefined` if the code waits for an action that is
   * performed again.
   */
  next(): Told | undefined {
    const entry = this.find();
    return entry === undefined ? undefined : { at: entry.at, event: renumbered(entry) };
  }

  /** Notes that the code received `next`. */
  take(): void {
    const entry = this.find();
    if (entry !== undefined) entry.used = true;
  }

  private find(): Entry | undefined {
    while (this.entries[this.head]?.used === true) this.head++;
    for (let i = this.head; i < this.entries.length; i++) {
      const entry = this.entries[i] as Entry;
      if (!entry.used && (entry.of === undefined || entry.task !== undefined)) return entry;
    }
    return undefined;
  }

  /** The results that are not used up. An execution that is rewound again keeps them. */
  rest(): RecordedAnswers {
    return {
      told: this.entries.filter(({ used }) => !used).map(({ at, event, of }) => ({ at, event, of })),
      done: [...this.done].flatMap(([key, count]) => Array<string>(Math.max(count, 0)).fill(key)),
      children: [...this.children].flatMap(([of, ids]) => ids.map((child) => ({ of, child }))),
      patches: [...this.patches],
    };
  }
}

/**
 * The results that a rewind of this execution keeps, or the problem that makes a rewind impossible. One problem is a failure inside a
 * critical section: the lock is gone, while the code believes that it holds the lock. The other is a section after a failed action that
 * would be repeated: the work under the lock might not fit the new result.
 */
export function keptOf(history: readonly HistoryEvent[]): { kept: RecordedAnswers } | { problem: string } {
  const actions = new Map<number, RunAction>();
  const children = new Map<number, string>();
  const told: Told[] = [];
  const failed: number[] = [];
  const done: string[] = [];
  const open = new Map<number, RunAction>();
  let earlier: RewindResults | undefined;
  /** The section that the code has entered or asked for. */
  let section: number | undefined;
  /** For each section, how many failures there were when it was asked for. */
  const behind: number[] = [];
  let problem: string | undefined;
  const inside = 'it failed inside a critical section, and its locks are gone';

  for (const each of history) {
    if (each.h === 'kept') earlier = new RewindResults(each.kept);
    else if (each.h === 'did') {
      const { action } = each;
      earlier?.claim(action);
      actions.set(action.task, action);
      if (each.child !== undefined) children.set(action.task, each.child);
      if (action.kind === 'lock') {
        section = action.task;
        behind.push(failed.length);
      }
      if (action.kind === 'release' && section === action.section) section = undefined;
      if (isOneWay(action)) done.push(actionKey(action));
      else open.set(action.task, action);
    } else if (each.h === 'fed') {
      if (each.kept === true) earlier?.take();
      const { event, at } = each;
      if (event.kind === 'started' || event.kind === 'event') told.push({ at, event });
      else {
        const asked = actions.get(event.task);
        // A task that had no answer in time has failed. The task is performed again with its whole time limit.
        const limited = asked?.kind === 'timer' ? asked.limits?.task : undefined;
        const action = limited === undefined ? asked : actions.get(limited);
        if (event.kind === 'failed' || limited !== undefined) {
          failed.push(limited ?? event.task);
          if (section !== undefined || (action?.kind === 'call' && action.section !== undefined)) problem = inside;
        } else if (action !== undefined) {
          open.delete(event.task);
          told.push({ at, event, of: actionKey(action) });
        }
      }
    }
  }
  if (section !== undefined) problem = inside;
  for (const action of open.values()) if (action.kind === 'call' && action.section !== undefined) problem = inside;
  const repeated = failed.findIndex((task) => !succeededLater(actions.get(task), told));
  if (repeated >= 0 && behind.some((failures) => failures > repeated)) {
    problem ??= 'it passed a critical section after a failure that would be repeated';
  }
  const rest = earlier?.rest() ?? nothing;
  const patches = new Set(rest.patches);
  for (const action of actions.values()) if (action.kind === 'patch') patches.add(action.id);
  if (rest.told.some(({ event }) => event.kind === 'granted')) {
    problem ??= 'it kept a critical section of an earlier execution that its code has not reached again';
  }
  if (problem !== undefined) return { problem };
  const again = [...open.values()].flatMap((action) => {
    const child = children.get(action.task);
    return action.kind === 'sub' && child !== undefined ? [{ of: actionKey(action), child }] : [];
  });
  return {
    kept: {
      told: [...told, ...rest.told],
      done: [...done, ...rest.done],
      children: [...again, ...rest.children],
      ...(patches.size > 0 && { patches: [...patches] }),
    },
  };
}

const nothing: RecordedAnswers = { told: [], done: [], children: [] };

function isOneWay(action: RunAction): boolean {
  const { kind } = action;
  return kind === 'signal' || kind === 'cancelSignal' || kind === 'start' || kind === 'event';
}

/** Whether a retry of the same action succeeded later: the first attempt gets its result. */
function succeededLater(action: RunAction | undefined, told: readonly Told[]): boolean {
  if (action === undefined) return false;
  const key = actionKey(action);
  return told.some(({ of }) => of === key);
}

/** The key of an action: its content without the numbers that differ between executions. */
function actionKey(action: RunAction): string {
  return describeAction(
    action.kind === 'call' && action.section !== undefined
      ? { ...action, task: 0, section: 0 }
      : { ...action, task: 0 },
  );
}

function renumbered({ event, task }: Entry): SessionEvent {
  return task === undefined || !('task' in event) ? event : { ...event, task };
}

function listOf<V>(map: Map<string, V[]>, key: string): V[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}
