declare const rule: unique symbol;

/** Where a value of this type is asked for, a rule is broken; the compile error shows the text. */
export interface RuleBroken<Text extends string> {
  readonly [rule]: Text;
}

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** `void` or `undefined`, and nothing else. */
export type ReturnsNothing<R> =
  IsAny<R> extends true ? false : [R] extends [never] ? false : [R] extends [void] ? true : false;
