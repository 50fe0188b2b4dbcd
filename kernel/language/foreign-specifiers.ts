/** Specifiers of other programs that run TypeScript: what to write in their place in Node. */

/** Addresses of npm's packages on the web, and where their names begin. */
const MIRRORS =
  /^https?:\/\/(?:esm\.sh|cdn\.skypack\.dev|unpkg\.com|esm\.run|cdn\.jsdelivr\.net\/npm)\/(?:v\d+\/)?((?:@[^/]+\/)?[^/?@]+(?:@[^/?]+)?)/;

/** A sentence about a `jsr:` specifier or a web address; undefined for what Node can look for. */
export function foreignSpecifier(specifier: string): string | undefined {
  if (specifier.startsWith("jsr:")) {
    const name = /^jsr:\/?(@[^/@]+\/[^/@]+)/.exec(specifier)?.[1] ?? "@scope/name";
    return `jsr: is Deno's. !npx jsr add ${name} installs the package for Node, and import … from "${name}" loads it.`;
  }
  if (!/^https?:/.test(specifier)) return undefined;
  const name = MIRRORS.exec(specifier)?.[1];
  return name === undefined
    ? `Node imports no addresses: save the module beside the notebook and import "./name.js", or install its package with %npm install.`
    : `Node imports no addresses: this one is a package, import … from "npm:${name}".`;
}
