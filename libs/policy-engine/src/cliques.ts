/**
 * All maximal cliques of an undirected graph of `size` nodes, each ascending (Bron and Kerbosch with a pivot).
 * Exponential in the worst case, linear in the number of cliques for the sparse graphs that policies make.
 */
export function maximalCliques(size: number, adjacent: (a: number, b: number) => boolean): readonly (readonly number[])[] {
  const neighbours = Array.from({ length: size }, (_, a) => new Set(range(size).filter((b) => a !== b && adjacent(a, b))));
  const cliques: number[][] = [];
  const extend = (clique: readonly number[], candidates: ReadonlySet<number>, seen: ReadonlySet<number>): void => {
    if (candidates.size === 0 && seen.size === 0) {
      if (clique.length > 0) cliques.push([...clique].sort((a, b) => a - b));
      return;
    }
    const pivot = [...candidates, ...seen].reduce((best, node) => (common(candidates, neighbours[node]) > common(candidates, neighbours[best]) ? node : best));
    const left = new Set(candidates);
    const done = new Set(seen);
    for (const node of candidates) {
      if (neighbours[pivot]?.has(node) === true) continue;
      extend([...clique, node], intersection(left, neighbours[node]), intersection(done, neighbours[node]));
      left.delete(node);
      done.add(node);
    }
  };
  extend([], new Set(range(size)), new Set());
  return cliques;
}

function range(size: number): number[] {
  return Array.from({ length: size }, (_, index) => index);
}

function intersection(nodes: ReadonlySet<number>, others: ReadonlySet<number> | undefined): Set<number> {
  return new Set([...nodes].filter((node) => others?.has(node) === true));
}

function common(nodes: ReadonlySet<number>, others: ReadonlySet<number> | undefined): number {
  return intersection(nodes, others).size;
}
