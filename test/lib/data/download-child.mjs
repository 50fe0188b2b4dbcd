/** Fetches one file into a folder; run by download.test.ts. Arguments: address, SHA-256, folder. */
import { obtainFiles } from "../../../dist/lib/data/download.js";

const [, , url, sha256, folder] = process.argv;
const set = {
  name: "toy",
  title: "Toy",
  layouts: [{ train: ["a"], test: ["a"] }],
  sources: [{ url, sha256, files: ["a"] }],
  otherwise: "do without",
};
await obtainFiles(set, folder, true);
