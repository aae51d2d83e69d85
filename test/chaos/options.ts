import { parseArgs } from 'node:util';
import type { FaultKind } from './fault-kind.js';

export interface ChaosOptions {
  readonly cycles: number;
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  /** No new cycle begins after so many ms. */
  readonly limitMs: number;
  /** Shows that the power failures would be seen, and does nothing else. */
  readonly prove: boolean;
}

const usage = `Usage: npm run chaos -- [options]
  --cycles N       faults, one after the other (default 100)
  --seed N         the same faults in the same order (default: drawn)
  --only a,b       of these kinds: KINDS (default: all that this machine can do)
  --minutes N      begin no new cycle after so many minutes (default 60)
  --prove          show that power failures would be seen: disks that lie about syncs must lose something
  --help`;

/** Ends the process where the arguments are of no use. */
export function readOptions(all: readonly FaultKind[]): ChaosOptions {
  const help = usage.replace('KINDS', all.map(({ name }) => name).join(', '));
  try {
    const { values } = parseArgs({
      options: {
        cycles: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string' },
        minutes: { type: 'string', default: '60' },
        prove: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(help, 0);
    const kinds = (values.only?.split(',') ?? all.map(({ name }) => name)).map((name) => {
      const kind = all.find((each) => each.name === name);
      if (kind === undefined) throw new Error(`there is no kind ${JSON.stringify(name)}`);
      return kind;
    });
    const [cycles, seed, minutes] = [values.cycles, values.seed, values.minutes].map(Number) as [
      number,
      number,
      number,
    ];
    if (values.prove && (kinds.length !== 1 || kinds[0]?.name !== 'power'))
      throw new Error('--prove is for --only power');
    if (!(cycles >= 1) || !Number.isInteger(seed) || !(minutes > 0))
      throw new Error('--cycles, --seed and --minutes are numbers');
    return { cycles, seed, kinds, limitMs: minutes * 60_000, prove: values.prove };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${help}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
