/** Banks that a process of `bank` opens, by its mode. The first one is what the others are compared with. */
export const sidesOf = {
  plain: ['plain'],
  statistics: ['plain', 'statistics'],
  tracing: ['untraced', 'tracing-1', 'tracing-100'],
} as const;

export type BankMode = keyof typeof sidesOf;
export type Side = (typeof sidesOf)[BankMode][number];
