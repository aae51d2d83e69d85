/** Takes steps, strikes and faults out of a plan as long as it still fails: what is left is easier to understand. */
import fc from 'fast-check';
import type { Fault } from '../engine/fault-store.js';
import type { Plan, Step, Strike } from './plan.js';
import { simulate } from './simulation.js';

type Part =
  | { readonly step: Step; readonly sender: number }
  | { readonly strike: Strike }
  | { readonly fault: readonly [access: number, fault: Fault] };

const runsMax = 300;

/** Resolves with a smaller plan for which the same checker reports a failure, or with the same plan if no smaller one fails. */
export async function shrink(plan: Plan): Promise<Plan> {
  const { failure, injected } = await simulate(plan);
  if (failure === undefined) return plan;
  const parts: readonly Part[] = [
    ...plan.senders.flatMap((steps, sender) => steps.map((step) => ({ step, sender }))),
    ...plan.strikes.map((strike) => ({ strike })),
    ...injected.map((fault) => ({ fault })),
  ];
  const fails = async (kept: ReadonlySet<Part>) => {
    const outcome = await simulate(planOf(plan, parts, kept));
    return outcome.failure?.checker === failure.checker;
  };
  // With its faults given instead of drawn, the plan may come out otherwise.
  if (!(await fails(new Set(parts)))) return plan;
  const kept = fc.array(fc.constantFrom(...parts), { minLength: 0, maxLength: parts.length, size: 'max' });
  let smallest: ReadonlySet<Part> = new Set(parts);
  let runs = 0;
  const holds = fc.asyncProperty(kept, async (some) => {
    const set = new Set(some);
    if (runs++ >= runsMax || !(await fails(set))) return true;
    if (set.size < smallest.size) smallest = set;
    return false;
  });
  await fc.check(holds, { numRuns: 1, examples: [[[...parts]]] });
  return planOf(plan, parts, smallest);
}

function planOf(plan: Plan, parts: readonly Part[], kept: ReadonlySet<Part>): Plan {
  const left = parts.filter((part) => kept.has(part));
  return {
    ...plan,
    senders: plan.senders.map((_, number) =>
      left.flatMap((part) => ('step' in part && part.sender === number ? [part.step] : [])),
    ),
    strikes: left.flatMap((part) => ('strike' in part ? [part.strike] : [])),
    faults: { given: left.flatMap((part) => ('fault' in part ? [part.fault] : [])) },
  };
}
