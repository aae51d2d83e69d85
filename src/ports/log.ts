/** Where the engine reports. pino-compatible: the fields first, then the message. No payload or state is ever a field. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
