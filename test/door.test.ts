/**
 * The public door is complete: whoever writes a layer, loss or optimiser of their own can name every type that the
 * library's functions take and give.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./support/shared.js";

const door = readFileSync(path.join(projectRoot, "lib/index.ts"), "utf8");

test.each(["layers", "losses", "optim"])("index.ts exports every type of lib/%s", (room) => {
  const folder = path.join(projectRoot, "lib", room);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const missing = files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      if (!door.includes(`./${room}/${file.replace(/\.ts$/, ".js")}`)) return []; // a room's inner file
      if (door.includes(`export * from "./${room}/${file.replace(/\.ts$/, ".js")}"`)) return [];
      const source = readFileSync(path.join(folder, file), "utf8");
      return [...source.matchAll(/^export (?:interface|type|class|abstract class) (\w+)/gm)]
        .map(([, name]) => name)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(door));
    });
  expect(missing).toEqual([]);
});
