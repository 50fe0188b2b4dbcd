/** Protects the room's page: it compares every display, and names nothing that is not there. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as displays from "../../../lib/display/index.js";
import * as door from "../../../lib/index.js";

const page = readFileSync(new URL("../../../lib/display/README.md", import.meta.url), "utf8");
const rows = page
  .slice(page.indexOf("## Beside the others"))
  .match(/^\| .*$/gm)!
  .slice(2);
const compared = rows.flatMap((row) => [...row.split("|")[1].matchAll(/`(\w+)`/g)].map(([, name]) => name));
/** What displays are made of, and what they compute. */
const others = [
  ...["Figure", "Chart", "meanBand", "displaySymbol", "metadataSymbol", "QUANTILES", "quantilesOf"],
  ...["calibrationBins", "diagnose", "gainMatrix"],
];

it("compares every display with its peers, once", () => {
  const expected = Object.keys(displays).filter((name) => !others.includes(name));
  for (const name of expected) expect(compared).toContain(name);
  expect(compared.length).toBe(new Set(compared).size);
});

it("names only what the door offers, and files that are there", () => {
  for (const name of compared) expect(door).toHaveProperty(name);
  for (const [, file] of page.matchAll(/`([\w-]+\.ts)`/g)) {
    const folders = ["../../../lib/display/", "./"];
    const files = folders.flatMap((folder) =>
      readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: "utf8" }),
    );
    expect(files.map((one) => one.split("/").at(-1))).toContain(file);
  }
});
