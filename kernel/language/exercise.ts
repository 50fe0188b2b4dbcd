/**
 * What the cells of an exercise say in their first lines, so that a student's own run refuses what the grader does not have:
 *
 *   // @tests: …                         what this cell declares, only other cells that begin so can use
 *   // @only chainrule: tensor, zeros.   of this package, other cells get these names; the list may go on in the next lines
 */

/** What code of a student may use of a package. */
export interface AllowedNames {
  readonly package: string;
  readonly names: readonly string[];
}

/** Whether a cell belongs to the tests: cells that do not cannot use its names. */
export function isForTests(code: string): boolean {
  return /^\s*\/\/ @tests\b/.test(code);
}

/** What a cell says of a package; undefined for one that says nothing. */
export function allowedNames(code: string): AllowedNames | undefined {
  const [, name, list] = /^\s*\/\/ @only ([^\s:]+):([^.\n]*(?:\n\/\/[^.\n]*)*)/.exec(code) ?? [];
  if (name === undefined || list === undefined) return undefined;
  return { package: name, names: list.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [] };
}
