/** Progress of long work, on stderr. Without a terminal nothing is written. */
import type { Terminal } from './terminal.js';

/** A bar that appears when its module is loaded, and is removed at the end. */
export class Progress {
  private bar: { update(value: number): void; setTotal(total: number): void; stop(): void } | undefined;
  private done = 0;
  private ended = false;

  constructor(terminal: Terminal, name: string, total: number) {
    if (terminal.around.stderr.isTTY !== true) return;
    void import('../vendor/progress.js').then(({ SingleBar }) => {
      if (this.ended) return;
      const bar = new SingleBar({
        format: `${name} {bar} {percentage} % · {value}/{total} · {eta_formatted} left`,
        stream: terminal.around.stderr,
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        barCompleteChar: '█',
        barIncompleteChar: '░',
      });
      bar.start(total, this.done);
      this.bar = bar;
    });
  }

  update(done: number): void {
    this.done = done;
    this.bar?.update(done);
  }

  end(): void {
    this.ended = true;
    this.bar?.stop();
    this.bar = undefined;
  }
}
