/** The waits of clients of a test process. A wait ends with an answer, with a crash of the process, or after `timeLimit`. */
import type { Intake } from '../engines/sql/ports/intake.js';
import type { Conductor } from './conductor.js';
import { TestStuckError } from './errors.js';
import type { OutsideWork } from './outside-work.js';
import { afterRealMs, isDebugged, realMs } from './real-time.js';

/** Number of checks of a wait before it can be late. */
const looksMin = 4;

type Hear = (news: unknown) => void;

interface Wait {
  readonly what: string;
  /** Real time of the start of the wait, or of the last news. */
  sinceMs: number;
  looks: number;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

export class ClientWaits {
  private readonly open = new Set<Wait>();
  private closed: (() => Error) | undefined;
  private watching = false;

  constructor(
    private readonly conductor: Conductor,
    private readonly work: OutsideWork,
    private readonly limitMs: number,
  ) {}

  /** Wraps the intake of a process, so that this object watches every wait for an answer. */
  guarded(intake: Intake): Intake {
    return new Proxy(intake, {
      get: (target, method: string) => {
        const member: unknown = target[method as keyof Intake];
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const what = describe(method, args);
          const callback = args.at(-1);
          // A method with a callback reports news to it (an Error comes last), and returns a function that stops it.
          if (typeof callback === 'function') {
            const follow = (hear: Hear) => Reflect.apply(member, target, [...args.slice(0, -1), hear]) as () => void;
            return this.heard(what, callback as Hear, follow);
          }
          const answer: unknown = Reflect.apply(member, target, args);
          return answer instanceof Promise ? this.answered(what, answer) : answer;
        };
      },
    });
  }

  private answered<T>(what: string, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const wait = this.begin(what, reject);
      void answer.then(resolve, reject).finally(() => wait.end());
    });
  }

  private heard(what: string, callback: Hear, follow: (hear: Hear) => () => void): () => void {
    let stop = () => {};
    const wait = this.begin(what, (error) => {
      stop();
      callback(error);
    });
    if (this.closed === undefined) {
      stop = follow((news) => {
        wait.sinceMs = realMs();
        callback(news);
      });
    }
    return () => {
      wait.end();
      stop();
    };
  }

  private begin(what: string, fail: (error: Error) => void): Wait {
    const goOn = this.work.awaitHost();
    const wait: Wait = {
      what,
      sinceMs: realMs(),
      looks: 0,
      end: () => {
        if (this.open.delete(wait)) goOn();
      },
      fail: (error) => {
        wait.end();
        fail(error);
      },
    };
    this.open.add(wait);
    if (this.closed === undefined) this.watch();
    else wait.fail(this.closed());
    return wait;
  }

  /** Rejects all present and later waits, because the process has crashed. */
  failAll(error: () => Error): void {
    this.closed = error;
    for (const wait of this.open) wait.fail(error());
  }

  private watch(): void {
    if (this.watching || this.open.size === 0) return;
    this.watching = true;
    afterRealMs(Math.max(this.limitMs / looksMin, 10), () => {
      this.watching = false;
      const nowMs = realMs();
      for (const wait of this.open) {
        // Several checks are needed: if the machine gave this process no time, the host had no time either.
        if (++wait.looks <= looksMin) continue;
        const waitedMs = Math.min(nowMs - wait.sinceMs, this.conductor.restingMs);
        if (waitedMs < this.limitMs || isDebugged()) continue;
        const what = `No answer within ${this.limitMs} ms of real time (timeLimit) to ${wait.what}`;
        wait.fail(new TestStuckError(what, this.conductor.state()));
      }
      this.watch();
    });
  }
}

function describe(method: string, [first, second]: readonly unknown[]): string {
  const message = first as { target?: unknown; body?: { kind?: unknown; operation?: unknown } } | undefined;
  const words =
    typeof first === 'string'
      ? [method, second, first]
      : [method, message?.body?.operation ?? message?.body?.kind, message?.target];
  return words.filter((word) => typeof word === 'string').join(' ');
}
