/** Specifiers as Deno writes them: `npm:NAME@VERSION/path` is a package of npm's registry. */

export interface NpmSpecifier {
  /** `NAME@VERSION`, or the name alone, as npm takes it. */
  readonly wanted: string;
  readonly name: string;
  /** The version, a range or a tag; empty when none is named. */
  readonly range: string;
  /** What Node and TypeScript find it by: `NAME/path`. */
  readonly bare: string;
}

const FORM = /^npm:\/?((?:@[^/@\s]+\/)?[^/@\s]+)(?:@([^/\s]+))?(\/\S*)?$/;

/** What an `npm:` specifier names; undefined for any other specifier. */
export function npmSpecifier(specifier: string): NpmSpecifier | undefined {
  const [, name, range = "", path = ""] = FORM.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  return { wanted: range ? `${name}@${range}` : name, name, range, bare: name + path };
}

/** The specifier without `npm:` and the version. */
export const bareSpecifier = (specifier: string): string => npmSpecifier(specifier)?.bare ?? specifier;
