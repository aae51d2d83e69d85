/** What a process of `observed` measures by turns. Each side is compared with the first one. The second one is the first again, as a check. */
export const sidesOf = {
  statistics: ['plain', 'again', 'counted'],
  tracing: ['plain', 'traced-1'],
  'tracing-all': ['plain', 'traced-100'],
} as const;

export type ObservedMode = keyof typeof sidesOf;
export type Side = (typeof sidesOf)[ObservedMode][number];
