/** Installs the packages of this folder's lock file, and says how far it is. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { here } from "./packages.mjs";

const lockFile = join(here, "package-lock.json");
/** A copy of the lock file that `node_modules` was made from. */
const installedLock = join(here, "node_modules", ".installed-lock.json");

export async function isInstalled() {
  if (!existsSync(installedLock)) return false;
  const [wanted, installed] = await Promise.all(
    [lockFile, installedLock].map((path) => readFile(path, "utf8")),
  );
  return wanted === installed;
}

/** `npm ci` in this folder. */
export async function install() {
  /** @type {{ packages: Record<string, { optional?: boolean }> }} */
  const { packages } = JSON.parse(await readFile(lockFile, "utf8"));
  // Optional ones are for other machines.
  const places = Object.keys(packages).filter((place) => place !== "" && !packages[place].optional);
  const say = () => {
    const there = places.filter((place) => existsSync(join(here, place, "package.json"))).length;
    console.error(`installing JupyterLab's packages for the front end: ${there} of ${places.length}`);
  };
  console.error(
    "The front end is built once, from JupyterLab's packages: about 300 MB, which take a minute or more.",
  );
  const timer = setInterval(say, 5_000);
  try {
    await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  } finally {
    clearInterval(timer);
  }
  await copyFile(lockFile, installedLock);
}

/** @param {string[]} words */
function npm(words) {
  // The npm that runs this, else the one on the PATH, which is a batch file on Windows.
  const own = process.env.npm_execpath;
  const [command, ...before] = own?.endsWith(".js") ? [process.execPath, own] : ["npm"];
  const child = spawn(command, [...before, ...words], {
    cwd: here,
    stdio: ["ignore", "ignore", "inherit"],
    shell: command === "npm" && process.platform === "win32",
  });
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(new Error(`npm could not be started (${error.message}). Is it on the PATH?`)),
    );
    child.on("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else
        reject(
          new Error(
            `npm could not install the front end's packages (${signal ?? `exit code ${code}`}): see above.`,
          ),
        );
    });
  });
}
