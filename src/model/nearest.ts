/**
 * The known name that is closest to a misspelt one, or else has most words in common with it (`signalTime` and `scheduledTime`);
 * `undefined` if none is near.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // A name that a program made may be of any length, and the distance costs its length times that of every known name.
  if (name.length > nameLengthMax) return undefined;
  const near = Math.max(2, Math.floor(name.length / 2));
  const words = wordsOf(name);
  const ranked = known
    .map((candidate) => {
      const common = wordsOf(candidate).filter((word) => words.includes(word)).length;
      const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
      // `status` is a part of `runtimeStatus`, and only looks like `tags`.
      return { candidate, common, distance: common > 0 && common === words.length ? Math.min(distance, 1) : distance };
    })
    .filter(({ distance, common }) => distance <= near || common > 0)
    .sort((a, b) => rank(a, near) - rank(b, near));
  return ranked[0]?.candidate;
}

/** The smaller, the nearer: by the distance if that is small, else by the words in common, then by the distance. */
function rank({ distance, common }: { distance: number; common: number }, near: number): number {
  return distance <= near ? distance : nameLengthMax * (2 + nameLengthMax - common) + distance;
}

const nameLengthMax = 100;

/** Of a name in camel case, in lower case, without those of one letter. */
function wordsOf(name: string): string[] {
  return name
    .split(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word.length > 1);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
