/** The types of folder.mjs. */
export interface TriedPackage {
  readonly name: string;
  readonly install: Readonly<Record<string, string>>;
  readonly cell: string;
  readonly shows: Readonly<Record<string, string>>;
  readonly wrong?: string;
}
export const packages: readonly TriedPackage[];
export const dependencies: Readonly<Record<string, string>>;
export function installedFolder(): { readonly folder: string } | { readonly why: string };
