/**
 * A folder that stands for this package while submissions run: the built files and the dependencies, by links, and
 * an empty folder to work in. A submission may read it and nothing beside it, so that no key is in reach.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageRoot } from "../install.js";

export interface Stage {
  readonly folder: string;
  /** Where the links lead. */
  readonly readable: readonly string[];
}

/** Makes the folder; `removeStage` removes it. */
export function makeStage(root: string = packageRoot()): Stage {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "chainrule-grade-")));
  mkdirSync(path.join(folder, "work"));
  copyFileSync(path.join(root, "package.json"), path.join(folder, "package.json"));
  const paths = createRequire(path.join(root, "package.json")).resolve.paths("tslab") ?? [];
  const modules = paths.find((one) => existsSync(path.join(one, "tslab"))) ?? path.join(root, "node_modules");
  const readable: string[] = [];
  for (const [name, target] of [
    ["dist", path.join(root, "dist")],
    ["node_modules", modules],
  ]) {
    const real = realpathSync(target);
    symlinkSync(real, path.join(folder, name), "junction");
    readable.push(real);
  }
  return { folder, readable };
}

export function removeStage({ folder }: Stage): void {
  rmSync(folder, { recursive: true, force: true });
}
