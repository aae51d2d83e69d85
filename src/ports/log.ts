/** A logger with the signatures of pino: first the fields, then the message. Fields never contain a payload or a state. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
