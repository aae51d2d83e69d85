/** References to orchestrations and activities. Their types carry the types of input and output, and no context. */
import type { OrchestrationSteps } from './generators.js';

/** Return value of an orchestrator: a result, a promise of it, or the steps of a generator function. */
export type OrchestrationReturn<Output> = Promise<Output> | Output | OrchestrationSteps<Output>;

/** A class with a `run` method, decorated with `@Orchestration()`. */
export type OrchestrationClass<Input = never, Output = unknown> = new (
  // eslint-disable-next-line typescript/no-explicit-any -- injected
  ...args: any[]
) => { run(context: never, input: Input): OrchestrationReturn<Output> };

/** A class with a `run` method, decorated with `@Activity()`. */
export type ActivityClass<Input = never, Output = unknown> = new (
  // eslint-disable-next-line typescript/no-explicit-any -- injected
  ...args: any[]
) => { run(context: never, input: Input): Promise<Output> | Output };

/** An `OrchestrationDefinition`, without the context that its handler takes. */
export interface NamedOrchestration<Input, Output> {
  readonly kind: 'orchestration';
  readonly name: string;
  readonly handler: (context: never, input: Input) => OrchestrationReturn<Output>;
}

/** An `ActivityDefinition`, without the context that its handler takes. */
export interface NamedActivity<Input, Output> {
  readonly kind: 'activity';
  readonly name: string;
  readonly handler: (context: never, input: Input) => Promise<Output> | Output;
}

/** Reference to an orchestration: its definition or its class. */
export type OrchestrationReference<Input, Output> =
  NamedOrchestration<Input, Output> | OrchestrationClass<Input, Output>;

/** Reference to an activity: its definition or its class. */
export type ActivityReference<Input, Output> = NamedActivity<Input, Output> | ActivityClass<Input, Output>;
