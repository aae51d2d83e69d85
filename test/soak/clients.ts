/** Clients that come and go: there are always so many, and none lives long. */
import { setTimeout } from 'node:timers/promises';
import { between, pick } from '../chaos/fault-kind.js';
import { forked } from '../chaos/forked.js';
import { randomFrom } from '../chaos/random.js';
import { endings, type ClientMessage, type ClientSettings, type Ending, type HostSettings } from './protocol.js';

const lives = { fromMs: 1_000, toMs: 5_000 };
const actsEveryMs = 60;
/** Until what a client of another process is doing must have ended. */
const closesWithinMs = 60_000;
const surprisesMax = 20;

export class Clients {
  acked = 0;
  readonly ended = new Map<Ending, number>(endings.map((ending) => [ending, 0]));
  readonly surprises: string[] = [];
  private number = 0;
  private readonly random: () => number;

  constructor(
    private readonly host: HostSettings,
    seed: number,
  ) {
    this.random = randomFrom(seed);
  }

  /** Too much went wrong: no client begins any more. */
  get areWrong(): boolean {
    return this.surprises.length >= surprisesMax;
  }

  /** One client after the other, until none may begin. Resolves when the last one is gone. */
  async succession(mayBegin: () => boolean): Promise<void> {
    while (mayBegin() && !this.areWrong) await this.one();
  }

  /** Printed at once: a long run may be watched. */
  private surprise(what: string): void {
    this.surprises.push(what);
    if (this.surprises.length <= surprisesMax) console.log(`PROBLEM ${what}`);
  }

  private async one(): Promise<void> {
    const number = this.number++;
    const ending = pick(this.random, endings);
    const livesMs = between(this.random, lives.fromMs, lives.toMs);
    const settings: ClientSettings = {
      ...this.host,
      name: `c${number}`,
      seed: Math.floor(this.random() * 2 ** 31),
      ending,
      livesMs,
      everyMs: actsEveryMs,
    };
    const child = forked('./client.js', import.meta.url, [JSON.stringify(settings)]);
    const gone = new Promise<number | string | null>((resolve) =>
      child.once('close', (code, signal) => resolve(signal ?? code)),
    );
    child.on('message', (message: ClientMessage) => {
      if ('acked' in message) this.acked += message.acked;
      else this.surprise(message.surprise);
    });
    const giveUp = new AbortController();
    const isLate = await Promise.race([
      gone.then(() => false),
      setTimeout(ending === 'killed' ? livesMs : closesWithinMs, true, { signal: giveUp.signal }).catch(() => true),
    ]);
    giveUp.abort();
    if (isLate) child.kill('SIGKILL');
    const exit = await gone;
    const wanted = ending === 'killed' ? 'SIGKILL' : 0;
    if (exit !== wanted) this.surprise(`c${number} was to be ${ending}, and ended with ${exit}`);
    this.ended.set(ending, (this.ended.get(ending) ?? 0) + 1);
  }
}
