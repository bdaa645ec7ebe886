/** Some at a time: a store across a network answers many questions in the time of one, and a round of the clock has a minute. */
export function* batches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
