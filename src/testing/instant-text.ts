/** An instant in ISO format, or in ms after 1970 if a Date cannot hold it. */
export function instantText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms after 1970` : date.toISOString();
}
