/** What TypeScript knows of generator orchestrators. Compiled, never run. */
import {
  defineOrchestration,
  Orchestration,
  resultOf,
  type DurableClient,
  type OrchestrationContext,
} from '../../src/index.js';
import type { OrchestrationSteps } from '../../src/functions/index.js';

export const counts = defineOrchestration('Counts', function* (context, input: { to: number }) {
  const untyped: number = yield context.callActivity('Add', [1, input.to]);
  const typed = yield* resultOf(context.callActivity<number>('Add', [untyped, 1]));
  const both = yield* resultOf(Promise.all([context.callActivity<string>('A'), context.callActivity<number>('B')]));
  // @ts-expect-error -- a number is no string
  const wrong: string = typed;
  // @ts-expect-error -- nor is the second of these
  const alsoWrong: [string, string] = both;
  return typed > 1 ? [wrong, ...alsoWrong] : context.callActivity<string[]>('C');
});

@Orchestration()
export class Named {
  *run(context: OrchestrationContext, input: number): OrchestrationSteps<Date> {
    yield context.createTimer(input);
    return context.currentTime;
  }
}

export async function uses(client: DurableClient, context: OrchestrationContext): Promise<void> {
  const strings: string[] = await (await client.startNew(counts, { input: { to: 1 } })).result();
  const date: Date = await context.callSubOrchestration(Named, 5);
  // @ts-expect-error -- the input is a number
  await client.startNew(Named, { input: 'five' });
  // @ts-expect-error -- the result is a Date
  const notADate: string = await context.callSubOrchestration(Named, 5);
  void [strings, date, notADate];
}
