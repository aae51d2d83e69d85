declare const rule: unique symbol;

/** Type of a value that cannot exist, because a rule is broken. The compile error shows the text of the rule. */
export interface RuleBroken<Text extends string> {
  readonly [rule]: Text;
}

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Whether a return type is exactly `void` or `undefined`. */
export type ReturnsNothing<R> =
  IsAny<R> extends true ? false : [R] extends [never] ? false : [R] extends [void] ? true : false;
