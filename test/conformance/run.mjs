/**
 * npm run conformance -- DIR: ONNX's operator cases in DIR, each from its JSON through the public layers and, where DIR has
 * raw-pb.tar.gz, from its original files through the importer. A case passes when both do. Prints a line a failure, the
 * operators that are not supported, and the counts; exits with 1 when a case fails.
 */
import { resolve } from "node:path";
import { readCases } from "./cases.mjs";
import { check } from "./check.mjs";

const [folder] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (folder === undefined) {
  process.stderr.write("conformance: name the folder of cases: npm run conformance -- DIR\n");
  process.exit(2);
}
const verbose = process.argv.includes("--verbose");
const results = new Map();
const unsupported = new Map();
for (const one of readCases(resolve(folder))) {
  const { status, detail, operators } = check(one);
  if (status === "failed") process.stdout.write(`failed: ${one.name} (${one.source}): ${detail}\n`);
  if (status === "unsupported") {
    for (const operator of operators)
      unsupported.set(operator, (unsupported.get(operator) ?? new Set()).add(one.name));
    if (verbose) process.stdout.write(`unsupported: ${one.name} (${one.source}): ${detail}\n`);
  }
  const before = results.get(one.name) ?? "passed";
  const worst = ["failed", "unsupported", "passed"].find((kind) => kind === before || kind === status);
  results.set(one.name, worst);
}
const count = (kind) => [...results.values()].filter((status) => status === kind).length;
if (unsupported.size > 0) {
  const list = [...unsupported]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, cases]) => `${name} (${cases.size})`);
  process.stdout.write(`unsupported operators, with the number of cases: ${list.join(", ")}\n`);
}
process.stdout.write(
  `${count("passed")} passed, ${count("failed")} failed, ${count("unsupported")} unsupported\n`,
);
process.exitCode = count("failed") > 0 ? 1 : 0;
