/** Runs generator orchestrators, whose `yield` awaits. They use the same promises as async ones, and so have the same histories. */

type Steps = Iterator<unknown> & Required<Pick<Iterator<unknown>, 'throw'>>;

/** Converts the return value of a handler to that of an async function. */
export function asPromised(returned: unknown): unknown {
  return isGenerator(returned) ? drive(returned) : returned;
}

/** Recognises a generator by its shape, because compilers for old targets make their own generator objects. */
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
