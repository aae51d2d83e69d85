/** Log of a context. It writes to the host's logger, and writes nothing in replay. `fields` are added to the line. */
export interface ContextLog {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}
