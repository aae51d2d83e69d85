import { setTimeout as sleep } from 'node:timers/promises';
import { DurableHost, Entity, Operation } from 'durable-entities';
import { EffectsViolationError } from 'durable-entities/errors';

// #region none
/** Operations touch nothing but the entity. They run ahead of the commit, thousands in one batch. */
@Entity({ effects: 'none' })
class Score {
  points = 0;

  @Operation()
  async add(points: number): Promise<number> {
    this.points += points;
    return this.points;
  }
}
// #endregion

// #region external
/** Operations call another system. Each starts when its message and the previous outcome are durable. */
@Entity()
class Door {
  open = false;

  @Operation()
  async unlock(): Promise<boolean> {
    const { fencingToken, signal } = Entity.current;
    await sendToDoor('unlock', fencingToken, signal);
    this.open = true;
    return this.open;
  }
}

async function sendToDoor(command: string, fencingToken: number, signal: AbortSignal): Promise<void> {
  await sleep(1, undefined, { signal });
  console.log(`door: ${command}, with a fencing token of kind ${typeof fencingToken}`);
}
// #endregion

// #region attempts
/** Operations call a service that is sometimes slow and sometimes down. */
@Entity()
class Weather {
  degrees = 0;

  @Operation({ timeout: '5s', retry: { maxAttempts: 4, firstRetryInterval: '10 ms', backoffCoefficient: 2 } })
  async refresh(): Promise<number> {
    this.degrees = await askStation(Entity.current.signal);
    return this.degrees;
  }
}
// #endregion

let asked = 0;
async function askStation(signal: AbortSignal): Promise<number> {
  await sleep(1, undefined, { signal });
  if (++asked < 3) throw new Error('the station does not answer');
  return 21;
}

// #region violation
/** Declares 'none', and waits for a timer. */
@Entity({ effects: 'none' })
class Liar {
  count = 0;

  @Operation()
  async add(): Promise<void> {
    this.count += 1;
    await sleep(1);
  }
}
// #endregion

await using host = await DurableHost.start({ storage: ':memory:', register: [Score, Door, Weather, Liar] });
const { client } = host;

console.log('score ->', await client.callEntity(Score, 'ann', (score) => score.add(5)));
console.log('open  ->', await client.callEntity(Door, 'front', (door) => door.unlock()));
console.log('later ->', await client.callEntity(Weather, 'roof', (weather) => weather.refresh()), 'after', asked);
const error: unknown = await client.callEntity(Liar, 'one', (liar) => liar.add()).catch((thrown: unknown) => thrown);
console.log('liar  ->', error instanceof EffectsViolationError && error.code);
