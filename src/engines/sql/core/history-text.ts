/**
 * The stored text of a chunk of history: a JSON list with one item for each event.
 *
 * Frequent events are short lists that begin with a letter. Times are differences to the time of the list before, so a run that ends within
 * milliseconds stores its long numbers once. All other events are the objects of `HistoryEvent`, as in version 0.1, whose chunks hold nothing
 * else. `null` stands for a text that is absent, where more follows.
 *
 *   ["s", time, input, rules]          started                       ["l", section]                           one more lock is held
 *   ["c", time, task, value, age]      completed, begun `age` before ["C", task, target, operation, input, section]  call
 *   ["x", time, task, error, age]      failed                        ["S", task, target, operation, input]   signal
 *   ["t", time, task]                  a timer has fired             ["A", task, name, input, row]            activity
 *   ["g", time, task]                  locks are granted             ["T", task, dueMs, row]                  timer
 *   ["e", time, name, value]           an external event             ["L", task, target, …]                   lock
 *                                                                    ["R", task, section]                     release
 */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import type { HistoryEvent } from './history.js';

type Fed = HistoryEvent & { readonly h: 'fed' };
type Did = HistoryEvent & { readonly h: 'did' };

/** The text of a chunk. `parseHistory` gives the same events back. */
export function historyText(events: readonly HistoryEvent[]): string {
  let text = '[';
  let beforeMs = 0;
  for (const event of events) {
    if (text.length > 1) text += ',';
    let item: string | undefined;
    if (event.h === 'fed') {
      if (isShort(event, beforeMs)) {
        item = fedText(event, event.at - beforeMs);
        beforeMs = event.at;
      }
    } else if (event.h === 'did') item = event.child === undefined ? didText(event) : undefined;
    else if (event.h === 'lock') item = `["l",${event.section}]`;
    text += item ?? JSON.stringify(event);
  }
  return text + ']';
}

/** Whether the event has nothing that a list cannot say. */
function isShort({ event, at, kept, started }: Fed, beforeMs: number): boolean {
  if (kept !== undefined || !Number.isSafeInteger(at) || !Number.isSafeInteger(at - beforeMs)) return false;
  return (
    started === undefined || ((event.kind === 'completed' || event.kind === 'failed') && Number.isSafeInteger(started))
  );
}

/** Most texts are names and numbers, which JSON does not change. */
const needsNoEscape = /^[\w@.: -]*$/;

function quote(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** `,"text"`. A text that is absent is nothing at the end of a list, and `null` before the end. */
function optional(text: string | undefined, isLast: boolean): string {
  if (text === undefined) return isLast ? '' : ',null';
  return ',' + quote(text);
}

function fedText({ event, at, started }: Fed, time: number): string {
  const age = started === undefined ? '' : `,${at - started}`;
  switch (event.kind) {
    case 'started':
      return `["s",${time}${optional(event.input, event.rules === undefined)}${event.rules === undefined ? '' : `,${event.rules}`}]`;
    case 'completed':
      return `["c",${time},${event.task}${optional(event.value, age === '')}${age}]`;
    case 'failed':
      return `["x",${time},${event.task},${quote(event.error)}${age}]`;
    case 'fired':
      return `["t",${time},${event.task}]`;
    case 'granted':
      return `["g",${time},${event.task}]`;
    case 'event':
      return `["e",${time},${quote(event.name)}${optional(event.value, true)}]`;
  }
}

/** `undefined` for an action that has no short form. */
function didText({ action, row }: Did): string | undefined {
  const { task } = action;
  if (row !== undefined && action.kind !== 'activity' && action.kind !== 'timer') return undefined;
  switch (action.kind) {
    case 'call': {
      const { section } = action;
      const end = section === undefined ? '' : `,${section}`;
      return `["C",${task},${quote(action.target)},${quote(action.operation)}${optional(action.input, end === '')}${end}]`;
    }
    case 'signal':
      if (action.dueMs !== undefined || action.name !== undefined || action.everyMs !== undefined) return undefined;
      return `["S",${task},${quote(action.target)},${quote(action.operation)}${optional(action.input, true)}]`;
    case 'activity':
      return `["A",${task},${quote(action.name)}${optional(action.input, row === undefined)}${row === undefined ? '' : `,${row}`}]`;
    case 'timer':
      if (action.limits !== undefined) return undefined;
      return `["T",${task},${action.dueMs}${row === undefined ? '' : `,${row}`}]`;
    case 'lock':
      return `["L",${task}${action.targets.map((target) => ',' + quote(target)).join('')}]`;
    case 'release':
      return `["R",${task},${action.section}]`;
    default:
      return undefined;
  }
}

/** The events of a chunk. @throws if the text is no chunk of this version or of version 0.1 */
export function parseHistory(text: string): HistoryEvent[] {
  const items = JSON.parse(text) as unknown;
  if (!Array.isArray(items)) throw new TypeError('it is not a list of events');
  let beforeMs = 0;
  return items.map((item: unknown): HistoryEvent => {
    if (!Array.isArray(item)) return item as HistoryEvent;
    if (!isFed(item)) return readRest(item);
    beforeMs += number(item[1]);
    return readFed(beforeMs, item);
  });
}

type Item = readonly unknown[];

function isFed([letter]: Item): boolean {
  return typeof letter === 'string' && letter.length === 1 && 'scxtge'.includes(letter);
}

function readFed(at: number, [letter, , first, second, age]: Item): HistoryEvent {
  switch (letter) {
    case 's':
      return fed(at, {
        kind: 'started',
        ...withText('input', first),
        ...(second !== undefined && { rules: number(second) }),
      } as SessionEvent);
    case 'c':
      return fed(at, { kind: 'completed', task: number(first), ...withText('value', second) } as SessionEvent, age);
    case 'x':
      return fed(at, { kind: 'failed', task: number(first), error: string(second) }, age);
    case 't':
      return fed(at, { kind: 'fired', task: number(first) });
    case 'g':
      return fed(at, { kind: 'granted', task: number(first) });
    default:
      return fed(at, { kind: 'event', name: string(first), ...withText('value', second) } as SessionEvent);
  }
}

function fed(at: number, event: SessionEvent, age?: unknown): HistoryEvent {
  return age === undefined ? { h: 'fed', at, event } : { h: 'fed', at, event, started: at - number(age) };
}

function readRest(item: Item): HistoryEvent {
  const [letter, first, ...more] = item;
  if (letter === 'l') return { h: 'lock', section: number(first) };
  const task = number(first);
  const did = (action: RunAction, row?: unknown): HistoryEvent =>
    row === undefined ? { h: 'did', action } : { h: 'did', action, row: number(row) };
  const [a, b, c, d] = more;
  switch (letter) {
    case 'C':
      return did({
        task,
        kind: 'call',
        target: string(a),
        operation: string(b),
        ...withText('input', c),
        ...(d !== undefined && { section: number(d) }),
      } as RunAction);
    case 'S':
      return did({
        task,
        kind: 'signal',
        target: string(a),
        operation: string(b),
        ...withText('input', c),
      } as RunAction);
    case 'A':
      return did({ task, kind: 'activity', name: string(a), ...withText('input', b) } as RunAction, c);
    case 'T':
      return did({ task, kind: 'timer', dueMs: number(a) }, b);
    case 'L':
      return did({ task, kind: 'lock', targets: more.map(string) });
    case 'R':
      return did({ task, kind: 'release', section: number(a) });
    default:
      throw new TypeError(`it has an event of the unknown kind ${JSON.stringify(letter)}`);
  }
}

function withText(key: string, text: unknown): Record<string, string> {
  return text === undefined || text === null ? {} : { [key]: string(text) };
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`an event has ${JSON.stringify(value)} instead of a number`);
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`an event has ${JSON.stringify(value)} instead of a text`);
  return value;
}
