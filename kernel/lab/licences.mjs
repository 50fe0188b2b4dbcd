/** Collects the licences of the packages that are in a bundle, and refuses what may not be given on. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { licenceTexts } from "./licence-texts.mjs";

/** Licences that let the package go out under MIT, as long as their text goes with it. */
const permissive =
  /^\(?(MIT|BSD-2-Clause|BSD-3-Clause|ISC|Apache-2\.0|0BSD|CC0-1\.0|CC-BY-4\.0|OFL-1\.1|Unlicense|BlueOak-1\.0\.0)\)?$/;

/**
 * The folder of the package that a file belongs to; undefined for a file of chainrule's own.
 *
 * @param {string} file
 */
export function packageOf(file) {
  const path = file.split(sep).join("/");
  return /^.*\/node_modules\/(?!\.)(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/**
 * Writes one file with every package's name, version, licence and licence text; the same text once.
 *
 * @param {string[]} folders of the packages
 * @param {string} to
 */
export async function writeLicences(folders, to) {
  /** @type {Map<string, string[]>} the packages of each text */
  const texts = new Map();
  const refused = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license, licenses, author } = JSON.parse(
      await readFile(join(folder, "package.json"), "utf8"),
    );
    const licence =
      license?.type ?? license ?? licenses?.map((/** @type {any} */ { type }) => type).join(" OR ");
    if (!isPermissive(licence)) refused.push(`${name} ${version}: ${licence}`);
    const text = (await textOf(folder)) ?? standardText(licence, author?.name ?? author);
    if (text === undefined) {
      refused.push(`${name} ${version}: ${licence}, without its text`);
      continue;
    }
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${licence})`]);
  }
  if (refused.length > 0)
    throw new Error(
      `Nobody has yet said that the bundle may hold these: ${refused.join("; ")}. See licences.mjs.`,
    );
  const parts = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  const head = "The files beside this one hold these packages.\n";
  await writeFile(to, [head, ...parts].join(`\n${"-".repeat(80)}\n\n`));
}

/** @param {string | undefined} licence an SPDX expression; one of several is enough, all of several are needed */
function isPermissive(licence = "") {
  const bare = licence.replace(/^\((.*)\)$/, "$1");
  return bare.split(" OR ").some((one) => one.split(" AND ").every((name) => permissive.test(name)));
}

/**
 * The text of a licence that comes without a file; undefined when it is not among those known here.
 *
 * @param {string} licence
 * @param {string} [author]
 */
function standardText(licence, author = "the package's authors") {
  const known = Object.entries(licenceTexts).find(([name]) => name === licence);
  return known && `Copyright (c) ${author}\n\n${known[1]}`;
}

/**
 * The text of a package's licence, or undefined when it has none.
 *
 * @param {string} folder
 */
async function textOf(folder) {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  const text = texts.join("\n\n").replace(/\r\n?/g, "\n").trim();
  return text === "" ? undefined : text;
}
