/**
 * Compiles the native routines into a package that can be installed: build/native/<platform>, or the folder that is named.
 *
 *     npm run build:native [-- --platform linux-arm64 --cc aarch64-linux-gnu-gcc --out folder]
 *
 * It needs GCC 12 or Clang 12, or later. On Windows, where the addon is linked against Node's program, it also needs dlltool
 * (llvm-dlltool).
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = path.join(here, "../../..");

const KERNELS = ["multiply", "product", "winograd", "direct", "routines"];
/** The sets of instructions of a processor, with the compiler's words for each. */
const SETS = {
  x64: {
    avx2: ["-mavx2", "-mfma"],
    avx512: ["-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw"],
  },
  arm64: { neon: [] },
};
/** Multiply-adds are fused where the source says so, and nowhere else: so all machines round alike. */
const COMMON = [
  "-O3",
  "-std=gnu11",
  "-Wall",
  "-Wextra",
  "-Wno-psabi",
  "-ffp-contract=off",
  "-fvisibility=hidden",
];

/**
 * @param {object} [options]
 * @param {string} [options.platform]  "linux-x64", "darwin-arm64", …; this machine's unless given
 * @param {string} [options.cc]   the compiler; CC, or the first that is there
 * @param {string} [options.out]  the package's folder
 * @returns {string} the addon's file
 */
export function buildNative({ platform = `${process.platform}-${process.arch}`, cc = compiler(), out } = {}) {
  const [system, processor] = platform.split("-");
  const sets = SETS[processor];
  if (sets === undefined) throw new Error(`native: there are no kernels for ${platform}`);
  if (cc === undefined) throw new Error("native: there is no C compiler; install gcc or clang, or set CC");
  const folder = out ?? path.join(root, "build/native", platform);
  mkdirSync(folder, { recursive: true });
  const objects = mkdtempSync(path.join(tmpdir(), "chainrule-native-"));
  try {
    const flags = [...COMMON, ...(system === "win32" ? [] : ["-fPIC"]), ...target(platform)];
    const compile = (source, object, ...more) => {
      const to = path.join(objects, `${object}.o`);
      execFileSync(cc, [...flags, ...more, "-c", path.join(here, `${source}.c`), "-o", to], {
        stdio: "inherit",
      });
      return to;
    };
    const files = Object.entries(sets).flatMap(([set, words]) =>
      KERNELS.map((kernel) => compile(kernel, `${kernel}-${set}`, ...words, `-DKERNELS=${set}`)),
    );
    files.push(compile("addon", "addon", `-I${headers()}`));
    const addon = path.join(folder, "native.node");
    execFileSync(cc, [...target(platform), ...linking(system, objects), "-o", addon, ...files], {
      stdio: "inherit",
    });
    describe(folder, platform, Object.keys(sets));
    return addon;
  } finally {
    rmSync(objects, { recursive: true });
  }
}

/** CC, or the first compiler that is there; undefined if there is none. */
export function compiler() {
  return [process.env.CC, "cc", "gcc", "clang"].find((name) => {
    try {
      if (name) execFileSync(name, ["--version"], { stdio: "ignore" });
      return Boolean(name);
    } catch {
      return false;
    }
  });
}

/** Apple's compiler makes programs for both of its processors. */
function target(platform) {
  const apple = { "darwin-arm64": "arm64", "darwin-x64": "x86_64" }[platform];
  return apple ? ["-arch", apple] : [];
}

/** Node-API's names are in the program that loads the addon. */
function linking(system, objects) {
  if (system === "darwin") return ["-bundle", "-undefined", "dynamic_lookup"];
  if (system !== "win32") return ["-shared"];
  const names = new Set(readFileSync(path.join(here, "addon.c"), "utf8").match(/\bnapi_[a-z0-9_]+(?=\()/g));
  const [list, library] = ["node.def", "node.lib"].map((file) => path.join(objects, file));
  writeFileSync(list, `LIBRARY node.exe\nEXPORTS\n${[...names].join("\n")}\n`);
  execFileSync(process.env.DLLTOOL ?? "llvm-dlltool", ["-m", "i386:x86-64", "-d", list, "-l", library], {
    stdio: "inherit",
  });
  return ["-shared", library];
}

/** Node-API's headers: those of this Node, or the package's. */
function headers() {
  const own = path.join(path.dirname(process.execPath), "../include/node");
  if (existsSync(path.join(own, "node_api.h"))) return own;
  return createRequire(import.meta.url)("node-api-headers").include_dir;
}

/** What npm reads, and a person. */
function describe(folder, platform, sets) {
  const { version, license, engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const [system, processor] = platform.split("-");
  const name = `@chainrule/native-${platform}`;
  const about = {
    name,
    version,
    description: `Native routines of chainrule's engine for ${platform} (${sets.join(", ")})`,
    license,
    engines,
    os: [system],
    cpu: [processor],
    ...(system === "linux" && { libc: ["glibc"] }),
    main: "native.node",
    files: ["native.node"],
  };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(about, undefined, 2)}\n`);
  writeFileSync(
    path.join(folder, "README.md"),
    `# ${name}\n\nNative routines of [chainrule](https://www.npmjs.com/package/chainrule)'s engine for ${platform}: ${sets.join(
      " and ",
    )} instructions, chosen by the processor at hand. Installed beside chainrule of the same version, they compute products and ` +
      `convolutions in the place of its WebAssembly routines, with the same results; CHAINRULE_NATIVE=off leaves them.\n`,
  );
  copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const words = process.argv.slice(2);
  const said = Object.fromEntries(words.map((word, i) => [word.replace(/^--/, ""), words[i + 1]]));
  const { platform, cc, out } = said;
  console.log(buildNative({ platform, ...(cc && { cc }), out }));
}
