/**
 * The known name that is closest to a misspelt name, or has most words in common with it (`signalTime` and `scheduledTime`). `undefined` if
 * no known name is similar.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // A name from a program may have any length, and the cost of a distance is the product of both lengths.
  if (name.length > nameLengthMax) return undefined;
  const near = Math.max(2, Math.floor(name.length / 2));
  const words = wordsOf(name);
  const ranked = known
    .map((candidate) => {
      const common = wordsOf(candidate).filter((word) => words.includes(word)).length;
      const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
      // `status` has a word in common with `runtimeStatus`. Its edit distance to `tags` is small by chance.
      return { candidate, common, distance: common > 0 && common === words.length ? Math.min(distance, 1) : distance };
    })
    .filter(({ distance, common }) => distance <= near || common > 0)
    .sort((a, b) => rank(a, near) - rank(b, near));
  return ranked[0]?.candidate;
}

/** The rank of a candidate: a smaller rank is more similar. A small distance comes first, then the words in common, then the distance. */
function rank({ distance, common }: { distance: number; common: number }, near: number): number {
  return distance <= near ? distance : nameLengthMax * (2 + nameLengthMax - common) + distance;
}

const nameLengthMax = 100;

/** The words of a name in camel case: in lower case, without words of one letter. */
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
