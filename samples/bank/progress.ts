import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  step(line: string): void;
  stop(): void;
}

/** Progress as a bar on a terminal, and as a line per tenth elsewhere. With `print`, each line instead. */
export function showProgress(total: number, print: boolean): Progress {
  if (print) return { step: (line) => console.log(line), stop: () => {} };
  return process.stdout.isTTY ? bar(total) : tenths(total);
}

function bar(total: number): Progress {
  const format = '{bar} {value}/{total} transfers | {rate}/s | {eta_formatted} left';
  const shown = new SingleBar({ format, hideCursor: true, etaBuffer: 1000 }, Presets.shades_classic);
  const rate = liveRate();
  shown.start(total, 0, { rate: 0 });
  return { step: () => shown.increment(1, { rate: rate() }), stop: () => shown.stop() };
}

function tenths(total: number): Progress {
  const rate = liveRate();
  let done = 0;
  const step = (): void => {
    done++;
    const perSecond = rate();
    const isTenth = Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total);
    if (isTenth) console.log(`${done} of ${total} transfers, ${perSecond}/s`);
  };
  return { step, stop: () => {} };
}

/** Call it at each step. Returns the steps per second, measured each half second. */
function liveRate(): () => number {
  let since = performance.now();
  let steps = 0;
  let measured: number | undefined;
  return () => {
    steps++;
    const elapsedMs = Math.max(performance.now() - since, 1);
    const rate = Math.round((steps * 1000) / elapsedMs);
    if (elapsedMs >= 500) [measured, since, steps] = [rate, performance.now(), 0];
    return measured ?? rate;
  };
}
