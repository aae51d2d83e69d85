/** The settings of tests whose subject is the API. The store is not, so `npm run test:long` adds the file. */
import { amount } from '../../amount.js';
import { twoSettings } from '../../acceptance/variants.js';

export const apiSettings = twoSettings.slice(0, amount({ usual: 1, long: 2 }));
