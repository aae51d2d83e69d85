/** S59 S60 S137: what the compiler refuses of entity interfaces, kinds and decorators. Nothing here is run. */
import { Entity, Operation, entityInterface, type InputSchema } from '../../src/classes/index.js';
import type { RuleBroken } from '../../src/classes/rule-broken.js';
import type { OperationKinds } from '../../src/classes/entity-interface.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
function holds<_T extends true>(): void {}

interface Good {
  none(): void;
  one(n: number): Promise<void>;
  optional(n?: number): Promise<string>;
  undefinedResult(): undefined;
  either(n: number | string): Promise<number | undefined>;
  generic<T>(value: T): Promise<void>;
}
entityInterface<Good>('Good', {
  none: 'signal',
  one: 'call',
  optional: 'call',
  undefinedResult: 'signal',
  either: 'call',
  generic: 'call',
});
holds<Same<OperationKinds<Good>['one'], 'call'>>();

// Each rule is named by the type that is asked for where it is broken.
interface Bad {
  property: number;
  two(a: number, b: number): void;
  rest(...all: number[]): void;
  sync(): number;
  anything(): any; // eslint-disable-line typescript/no-explicit-any -- what is tested
  union(): Promise<void> | number;
  identity<T>(value: T): Promise<T>;
  overloaded(a: string): Promise<string>;
  overloaded(a: number): Promise<number>;
  maybe?(): void;
  then(): Promise<void>;
  toJSON(): Promise<void>;
  toString(): Promise<void> & string;
  never(): never;
}
type Rules = OperationKinds<Bad>;
holds<
  Same<Rules['property'], RuleBroken<'an entity interface has only methods: no properties, no optional methods'>>
>();
holds<Same<Rules['maybe'], RuleBroken<'an entity interface has only methods: no properties, no optional methods'>>>();
holds<Same<Rules['two'], RuleBroken<'an operation has at most one parameter'>>>();
holds<Same<Rules['rest'], RuleBroken<'an operation has at most one parameter'>>>();
holds<Same<Rules['sync'], RuleBroken<'an operation returns void or a Promise'>>>();
holds<Same<Rules['never'], RuleBroken<'an operation returns void or a Promise'>>>();
holds<Same<Rules['anything'], RuleBroken<'an operation returns void or a Promise, not any'>>>();
holds<Same<Rules['union'], RuleBroken<'an operation returns void or a Promise'>>>();
type Generic = RuleBroken<'an operation has no type parameters that reach its result, and no overloads'>;
holds<Same<Rules['identity'], Generic>>();
holds<Same<Rules['overloaded'], Generic>>();
holds<Same<Rules['then'], RuleBroken<'then cannot be an operation: JavaScript calls it on its own'>>>();
holds<Same<Rules['toJSON'], RuleBroken<'toJSON cannot be an operation: JavaScript calls it on its own'>>>();
holds<Same<Rules['toString'], RuleBroken<'toString cannot be an operation: JavaScript calls it on its own'>>>();

interface Pair {
  add(n: number): void;
  get(): Promise<number>;
}
interface WithProperty {
  value: number;
}
// @ts-expect-error -- a property, whatever kind it is given
entityInterface<WithProperty>('WithProperty', { value: 'call' });
// @ts-expect-error -- `add` returns void: it is a signal
entityInterface<Pair>('Pair', { add: 'call', get: 'call' });
// @ts-expect-error -- `get` returns a Promise: it is a call
entityInterface<Pair>('Pair', { add: 'signal', get: 'signal' });
// @ts-expect-error -- `get` is missing
entityInterface<Pair>('Pair', { add: 'signal' });
// @ts-expect-error -- `put` is no method of Pair
entityInterface<Pair>('Pair', { add: 'signal', get: 'call', put: 'call' });
// @ts-expect-error -- no such kind
entityInterface<Pair>('Pair', { add: 'signal', get: 'called' });
// @ts-expect-error -- an interface has at least one method
entityInterface<object>('Empty', {});
// @ts-expect-error -- the interface is to be named
entityInterface('Unnamed', { add: 'signal' });

interface Ledger extends Pair {
  post(): Promise<void>;
}
const Pair = entityInterface<Pair>('Pair', { add: 'signal', get: 'call' });
entityInterface<Ledger>('Ledger', { post: 'call' }, { extends: [Pair] });
// @ts-expect-error -- `post` is a call
entityInterface<Ledger>('Ledger', { post: 'signal' }, { extends: [Pair] });
// @ts-expect-error -- no method of Ledger
entityInterface<Ledger>('Ledger', { erase: 'call' }, { extends: [Pair] });
// @ts-expect-error -- a class is no token of an interface
entityInterface<Ledger>('Ledger', { post: 'call' }, { extends: [Date] });

@Entity({ implements: [Pair] })
export class Implements {
  add(_n: number): void {}
  async get(): Promise<number> {
    return 0;
  }
}

// @ts-expect-error -- it lacks `get`
@Entity({ implements: [Pair] })
export class Lacks {
  add(_n: number): void {}
}

// @ts-expect-error -- `add` takes a number
@Entity({ implements: [Pair] })
export class Differs {
  add(_n: string): void {}
  async get(): Promise<number> {
    return 0;
  }
}

// @ts-expect-error -- no such option
@Entity({ effect: 'none' })
export class WrongOption {}

// @ts-expect-error -- no such value
@Entity({ effects: 'some' })
export class WrongValue {}

@Entity({
  initialize(this: Initialised, context) {
    this.since = context.entityKey;
  },
})
export class Initialised {
  since = '';
}

// @ts-expect-error -- `initialize` is of another class
@Entity<Initialised>({ initialize() {} })
export class OtherClass {}

const isText: InputSchema<string> = { '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 'x' }) } };
class Contact {
  name = '';
}

export class Operations {
  @Operation() async twoWay(_n: number): Promise<number> {
    return 1;
  }
  @Operation() now(): number {
    return 1;
  }
  @Operation({ oneWay: true }) oneWay(): void {}
  // @ts-expect-error -- a one-way operation returns exactly void
  @Operation({ oneWay: true }) async notVoid(): Promise<void> {}
  // @ts-expect-error -- a one-way operation returns exactly void
  @Operation({ oneWay: true }) value(): number {
    return 1;
  }
  // @ts-expect-error -- at most one parameter
  @Operation() async two(_a: number, _b: number): Promise<void> {}
  // @ts-expect-error -- at most one parameter
  @Operation() async rest(..._all: number[]): Promise<void> {}
  // @ts-expect-error -- a property is no operation
  @Operation() property = 1;
  @Operation({ readOnly: true }) async look(): Promise<number> {
    return 1;
  }
  // @ts-expect-error -- one-way and readOnly: it would do nothing at all
  @Operation({ readOnly: true, oneWay: true }) idle(): void {}
  // @ts-expect-error -- no such option
  @Operation({ oneway: true }) async misspelt(): Promise<void> {}
  @Operation({ input: Contact }) async put(_contact: Contact): Promise<void> {}
  @Operation({ input: isText }) async say(_text: string): Promise<void> {}
  // @ts-expect-error -- the schema makes text
  @Operation({ input: isText }) async count(_n: number): Promise<void> {}
  // @ts-expect-error -- the class makes contacts
  @Operation({ input: Contact }) async wrong(_n: Date): Promise<void> {}
}
