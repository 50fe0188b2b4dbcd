/** Lines along an axis of a tensor, for an invocation that has one: LENGTH numbers that lie INNER apart in memory. */

/** Statements with the place `at` of every number of line i. */
export const forEachInLine = (statements: string): string => `{
    let first = (i / sizes.INNER) * sizes.LENGTH * sizes.INNER + i % sizes.INNER;
    for (var at = first; at < first + sizes.LENGTH * sizes.INNER; at += sizes.INNER) { ${statements} }
  }`;
