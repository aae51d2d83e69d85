/** Random orchestrations as data: what they do, a program that does it, and what must come of it, computed apart. */
import { defineOrchestration } from '../../src/functions/define.js';
import type { OrchestrationContext } from '../../src/functions/orchestration-context.js';
import { id } from './programs.js';
import type { Seeded } from '../../src/testing/seeded.js';

export type TreeStep =
  | { readonly kind: 'activity' | 'call' | 'signal' | 'event' | 'retried'; readonly label: string }
  | { readonly kind: 'timer'; readonly ms: number }
  | { readonly kind: 'section' | 'child'; readonly steps: readonly TreeStep[]; readonly label: string }
  | { readonly kind: 'all'; readonly steps: readonly TreeStep[] };

/** Where steps stand: children get no events, for their ids are their own affair. */
export type Place = 'top' | 'child' | 'all' | 'section';

/** A random one; `name` begins every label in it. */
export function drawTree(random: Seeded, depth: number, inside: Place, name = 's'): TreeStep[] {
  return new TreeDrawer(random, name).steps(depth, inside);
}

class TreeDrawer {
  private labels = 0;

  constructor(
    private readonly random: Seeded,
    private readonly name: string,
  ) {}

  steps(depth: number, inside: Place): TreeStep[] {
    return Array.from({ length: 1 + this.random.below(4) }, () => this.step(depth, inside));
  }

  private step(depth: number, inside: Place): TreeStep {
    const { random } = this;
    const label = `${this.name}${++this.labels}`;
    if (inside === 'section') return { kind: 'call', label };
    const simple = ['activity', 'activity', 'call', 'signal', 'retried'] as const;
    const nested = ['timer', 'section', 'child', 'all', 'all'] as const;
    const kind = random.pick<TreeStep['kind']>([
      ...simple,
      ...(inside === 'top' ? (['event', 'event'] as const) : []),
      ...(depth === 0 ? [] : inside === 'all' ? (['child'] as const) : nested),
    ]);
    if (kind === 'timer') return { kind, ms: 1 + random.below(3_000) };
    if (kind === 'section') return { kind, label, steps: this.steps(0, 'section') };
    if (kind === 'child') return { kind, label, steps: this.steps(depth - 1, 'child') };
    if (kind === 'all') return { kind, steps: this.steps(depth - 1, 'all') };
    return { kind, label };
  }
}

/** Every step, the inner ones too. */
export function* flat(steps: readonly TreeStep[]): Iterable<TreeStep> {
  for (const each of steps) {
    yield each;
    if ('steps' in each) yield* flat(each.steps);
  }
}

async function run(context: OrchestrationContext, steps: readonly TreeStep[]): Promise<unknown[]> {
  const results: unknown[] = [context.newGuid().length];
  for (const each of steps) results.push(await runStep(context, each));
  return results;
}

async function runStep(context: OrchestrationContext, each: TreeStep): Promise<unknown> {
  switch (each.kind) {
    case 'activity':
      return context.callActivity('Act', each.label);
    case 'retried':
      return context.callActivity('Act', each.label, { retry: { maxAttempts: 2, firstRetryInterval: 100 } });
    case 'call':
      await context.callEntity(id('List', 'calls'), 'append', each.label);
      return each.label;
    case 'signal':
      context.signalEntity(id('List', 'signals'), 'append', each.label);
      return each.label;
    case 'event':
      return context.waitForExternalEvent(each.label);
    case 'timer':
      return context.createTimer(each.ms);
    case 'section': {
      using _section = await context.lock(id('List', 'calls'), id('Counter', 'x'));
      await context.callEntity(id('Counter', 'x'), 'add', 1);
      for (const inner of each.steps) await runStep(context, inner);
      return each.label;
    }
    case 'child':
      return context.callSubOrchestration('Tree', each.steps);
    case 'all': {
      const settled = await Promise.allSettled(each.steps.map((inner) => runStep(context, inner)));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
      return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value);
    }
  }
}

/** The result of one that nothing went wrong with. */
export function expectedOfTree(steps: readonly TreeStep[]): unknown[] {
  return [36, ...steps.map(expectedOf)];
}

function expectedOf(each: TreeStep): unknown {
  switch (each.kind) {
    case 'activity':
    case 'retried':
      return `${each.label}!`;
    case 'timer':
      return undefined;
    case 'child':
      return expectedOfTree(each.steps);
    case 'all':
      return each.steps.map(expectedOf);
    default:
      return each.label;
  }
}

/** Runs such steps. Its activity is called `Act` and gives back its input with an exclamation mark. */
export const tree = defineOrchestration('Tree', (context, given: readonly TreeStep[]) => run(context, given));
