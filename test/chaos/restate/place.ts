/** The place of a task hub on Restate, as a process of a story gets it. */
export interface RestatePlace {
  readonly type: 'restate';
  readonly ingress: readonly string[];
  readonly admin: readonly string[];
  readonly hub: string;
  /** The port on which the host of the process listens. */
  readonly port: number;
  /** The address that all hosts share. */
  readonly advertise: string;
}

export function isRestate(place: string | { readonly type: string }): place is RestatePlace {
  return typeof place === 'object' && place.type === 'restate';
}
