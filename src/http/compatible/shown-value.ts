/** Values of users in answers of the compatible API, as the option `payloads` of the handler allows. */
import type { PayloadPlace } from '../options.js';
import type { Payloads } from '../payloads.js';
import type { PlainJson } from '../plain-json.js';

/** Makes the plain JSON of a value, or of the text that stands in its place. */
export type ShowValue = (value: unknown, where: PayloadPlace) => PlainJson;

/** The text in place of a hidden value. */
export const hiddenText = '(hidden)';

export function valuesShownBy(payloads: Payloads): ShowValue {
  return (value, where) => {
    const payload = payloads.ofValue(value, where);
    return payload?.hidden === true ? hiddenText : ((payload?.value ?? null) as PlainJson);
  };
}
