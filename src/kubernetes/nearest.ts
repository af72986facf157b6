/**
 * The candidate that is at most two edits away from the word, or undefined. An edit adds, removes or replaces a letter, or
 * swaps two neighbours.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  return candidates.map(candidate => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** The advice for an unknown word: the nearest candidate, or what `otherwise` says. */
export function didYouMean(word: string, candidates: readonly string[], otherwise: string): string {
  const near = nearest(word, candidates);
  return near === undefined ? otherwise : `did you mean '${near}'?`;
}

function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = rows[row - 1][column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = swapped ? rows[row - 2][column - 2] + 1 : Infinity;
      current.push(Math.min(substitution, swap, rows[row - 1][column] + 1, current[column - 1] + 1));
    }
    rows.push(current);
  }
  return rows[a.length][b.length];
}
