/** A logger with the signatures of pino: first the fields, then the message. Fields never contain a payload or a state. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /**
   * A logger that adds these fields to each line. Lines of `context.log` are written by a child with the fields of the entity, the
   * orchestration or the activity. Absent if the logger has no children: the lines then have the fields themselves.
   */
  child?(bindings: LogFields): Logger;
}

export type LogLevel = Exclude<keyof Logger, 'child'>;

/** Fields that name the instance whose code writes a line. */
export interface LogFields {
  readonly [field: string]: string;
}
