/** A tag of an orchestration and its value. */
export type Tag = readonly [tag: string, value: string];
