/** The limits of one execution: messages of a turn, their bytes, and the bytes of everything that it has received and asked for. */
import { LimitExceededError } from '../../errors/index.js';
import type { Limits } from '../../model/limits.js';
import type { RunAction, SessionEvent } from '../../model/orchestration-events.js';
import { tagsMax, type RunTags } from '../../model/run-start.js';

/** About the size of an entry without its values. */
const entryBytes = 100;

export class ActionLimits {
  private historyBytes = 0;

  constructor(private readonly limits: Limits) {}

  fed(event: SessionEvent): void {
    this.historyBytes += entryBytes + bytesOf(event);
  }

  /** Counts the actions of a turn. `undefined` if they are within the limits. */
  exceeded(actions: readonly RunAction[]): Error | undefined {
    const { turnMessages, turnBytes, historyBytes } = this.limits;
    let bytes = 0;
    for (const action of actions) bytes += entryBytes + bytesOf(action);
    this.historyBytes += bytes;
    const turn = 'the total of actions between two awaits';
    if (actions.length > turnMessages) return new LimitExceededError(turn, 'turnMessages', turnMessages);
    if (bytes > turnBytes) return new LimitExceededError(turn, 'turnBytes', turnBytes);
    if (this.historyBytes <= historyBytes) return undefined;
    return new LimitExceededError('the history of the orchestration', 'historyBytes', historyBytes);
  }

  tagsExceeded(tags: RunTags | undefined): Error | undefined {
    if (tags === undefined || Object.keys(tags).length <= tagsMax) return undefined;
    return new LimitExceededError('the tags of the orchestration', 'tags', tagsMax);
  }
}

/** The length of the values in an event or an action. */
function bytesOf(entry: SessionEvent | RunAction): number {
  let bytes = 0;
  for (const value of Object.values(entry)) if (typeof value === 'string') bytes += Buffer.byteLength(value);
  return bytes;
}
