/** A slice of the systematic mode of the simulator: `npm run simulate -- --systematic` runs all of it. */
import { failEachAccess, scenarios } from '../simulation/systematic.js';

describe('one fault at every access to the storage', () => {
  for (const name of ['messages', 'runs and locks']) {
    it(`does not matter: ${name}`, async function () {
      this.timeout(300_000);
      const scenario = scenarios.find((each) => each.name === name);
      if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
      const { failed } = await failEachAccess(scenario);
      for (const { message, tail } of failed) throw new Error(`${message}\n${tail.join('\n')}`);
    });
  }
});
