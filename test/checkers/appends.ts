/** Lists to which senders append: what is stored must follow from what was sent and what was told about it. */

/** `refused`: it was said that it has no effect (also: it was cancelled). `unknown`: it may have one. */
export type Fate = 'acknowledged' | 'refused' | 'unknown';

export interface Sent {
  readonly sender: string;
  /** Grows with each value of the sender. */
  readonly number: number;
  readonly fate: Fate;
  /** False: sent in parallel with others, scheduled, or set aside and sent again. No order is promised then. */
  readonly ordered: boolean;
  /** Through which process it was sent, where order is promised only among what was sent through one of them. */
  readonly path?: number | undefined;
  /** The length of the list that the call was answered with. */
  readonly place?: number | undefined;
}

/** The values that a sender has sent. It numbers them from 1 on, and all of them arrive. */
export function sentUpTo(count: number, sender: string): Sent[] {
  return Array.from({ length: count }, (_, i) => ({ sender, number: i + 1, fate: 'acknowledged', ordered: true }));
}

export function appendedValue({ sender, number }: Pick<Sent, 'sender' | 'number'>): string {
  return `${sender}:${number}`;
}

export interface AppendProblem {
  readonly checker: 'exactly once' | 'order' | 'lost' | 'answer';
  readonly what: string;
}

/** Every value that was acknowledged is stored, once, at the place that its caller was told; nothing else is; each sender's values are in order. */
export function appendProblems(list: string, sent: readonly Sent[], stored: readonly string[]): AppendProblem[] {
  const problems: AppendProblem[] = [];
  const problem = (checker: AppendProblem['checker'], what: string) => void problems.push({ checker, what });
  const known = new Map(sent.map((each) => [appendedValue(each), each]));
  const present = new Set<string>();
  const last = new Map<string, number>();
  for (const value of stored) {
    if (present.has(value)) problem('exactly once', `doubled: ${value} in ${list}`);
    present.add(value);
    const source = known.get(value);
    if (source === undefined) problem('exactly once', `never sent: ${value} in ${list}`);
    else if (source.fate === 'refused') problem('exactly once', `refused and yet applied: ${value} in ${list}`);
    if (source === undefined || !source.ordered) continue;
    const order = `${source.sender} ${source.path}`;
    const before = last.get(order) ?? -1;
    if (source.number < before) problem('order', `out of order: ${value} after ${source.sender}:${before} in ${list}`);
    last.set(order, source.number);
  }
  for (const [value, { fate, ordered, place }] of known) {
    if (fate === 'acknowledged' && !present.has(value))
      problem('lost', `lost: ${value}${ordered ? '' : ' (unordered)'} of ${list} was acknowledged`);
    if (place !== undefined && stored[place - 1] !== value)
      problem('answer', `${value} was told place ${place} in ${list}, where ${String(stored[place - 1])} is`);
  }
  return problems;
}
