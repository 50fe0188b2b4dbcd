/** The built front end: it is whole, small, needs nothing from elsewhere, and names the licences of all it holds. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { projectRoot, withFrontEnd } from "../../support/shared.js";

const MB = 1e6;

withFrontEnd("the built front end", (folder) => {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    version: string;
    entry: string;
    styles: string[];
    icon: string;
    packages: Record<string, string>;
    schemas: Record<string, string[]>;
    themes: string[];
    disabled: string[];
  };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  const sizeOf = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

  it("has every file that its manifest names", () => {
    const { entry, styles, icon, schemas, themes } = manifest;
    expect(styles.length).toBeGreaterThan(0);
    const named = [
      ...[entry, ...styles, icon].map((name) => `static/${name}`),
      ...Object.entries(schemas).flatMap(([name, ids]) => ids.map((id) => `schemas/${name}/${id}.json`)),
      ...themes.map((name) => `themes/${name}/index.css`),
      "licences.txt",
    ];
    expect(named.filter((name) => !existsSync(join(folder, name)))).toEqual([]);
    expect(themes).toHaveLength(3);
    const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      version: string;
    };
    expect(manifest.version).toBe(version);
  });

  it("loads at most 12 MB, 2.5 MB of them compressed, until the first notebook is on screen", () => {
    const first = [manifest.entry, ...manifest.styles].map((name) => `static/${name}`);
    const compressed = first.map((name) => gzipSync(readFileSync(join(folder, name))).length);
    expect(sizeOf(first)).toBeLessThan(5 * MB);
    expect(compressed.reduce((sum, size) => sum + size, 0)).toBeLessThan(1.4 * MB);
    // All of it, with every part that a page may load later.
    expect(sizeOf(files.filter((name) => /\.(js|css)$/.test(name)))).toBeLessThan(12 * MB);
  });

  it("has each file that is worth it in Brotli and in gzip as well, with the same content", () => {
    const large = files.filter((name) => /\.(js|css|svg)$/.test(name) && sizeOf([name]) >= 1_000);
    expect(large.length).toBeGreaterThan(50);
    expect(large.filter((name) => !files.includes(`${name}.br`) || !files.includes(`${name}.gz`))).toEqual(
      [],
    );
    const entry = `static/${manifest.entry}`;
    const plain = readFileSync(join(folder, entry));
    expect(brotliDecompressSync(readFileSync(join(folder, `${entry}.br`))).equals(plain)).toBe(true);
    expect(gunzipSync(readFileSync(join(folder, `${entry}.gz`))).equals(plain)).toBe(true);
  });

  it("brings fonts in one form each, and mathematics that needs no network", () => {
    const fonts = files.filter((name) => /\.(woff2?|ttf|eot|otf)$/.test(name));
    expect(fonts.filter((name) => /\.(ttf|eot|otf)$/.test(name))).toEqual([]);
    expect(fonts.some((name) => name.includes("MathJax"))).toBe(true);
    expect(fonts.some((name) => name.includes("fa-solid") && name.endsWith(".woff2"))).toBe(true);
  });

  it("asks no other host for scripts, style sheets or fonts", () => {
    const loads = /(?:@import\s*|url\()\s*["']?(?:https?:)?\/\/[^"')\s]+/g;
    const styles = files.filter((name) => name.endsWith(".css"));
    expect(styles.flatMap((name) => readFileSync(join(folder, name), "utf8").match(loads) ?? [])).toEqual([]);
  });

  it("names the licence of every package, with its text", () => {
    const text = readFileSync(join(folder, "licences.txt"), "utf8");
    for (const name of [...Object.keys(manifest.packages), "react", "yjs", "mathjax-full", "vega"])
      expect(text, name).toMatch(new RegExp(`^${name.replaceAll("/", "\\/")} \\S+ \\(`, "m"));
    // Each list of packages is followed by a text of some length.
    for (const part of text.split(/\n-{80}\n/).slice(1)) expect(part.length, part).toBeGreaterThan(500);
  });
});
