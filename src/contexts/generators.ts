/** Generator orchestrators: `yield` awaits. They run on the same promises, and so have the same histories, as async ones. */

type Steps = Iterator<unknown> & Required<Pick<Iterator<unknown>, 'throw'>>;

/** What a handler returned, as what an async function would have returned. */
export function asPromised(returned: unknown): unknown {
  return isGenerator(returned) ? drive(returned) : returned;
}

/** By shape: compilers that know no generators make objects of their own. */
function isGenerator(value: unknown): value is Steps {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return false;
  const { next, throw: fail } = value as Partial<Steps>;
  return typeof next === 'function' && typeof fail === 'function';
}

async function drive(steps: Steps): Promise<unknown> {
  let step = steps.next();
  while (step.done !== true) {
    let value: unknown;
    try {
      value = await (Array.isArray(step.value) ? Promise.all(step.value as unknown[]) : step.value);
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}
