/** The kernelspec: where it goes on each system, what is in it, and what it never overwrites. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { decode } from "fast-png";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  installedKernels,
  installKernel,
  kernelsFolder,
  kernelsFolders,
  uninstallKernel,
} from "../../../kernel/setup/install.js";
import type { Environment, KernelSpec } from "../../../kernel/setup/install.js";
import { projectRoot } from "../../support/shared.js";

let folder: string;
let here: Environment;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule wïth späce-"));
  here = { platform: "linux", env: { JUPYTER_DATA_DIR: join(folder, "data") }, home: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

const readSpec = (of: string) => JSON.parse(readFileSync(join(of, "kernel.json"), "utf8")) as KernelSpec;

describe("Jupyter's data folders", () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string> = {}, home = "/home/ada") => ({
    platform,
    env,
    home,
  });

  it("are those of each system", () => {
    expect(kernelsFolder({}, at("linux"))).toBe("/home/ada/.local/share/jupyter/kernels");
    expect(kernelsFolder({}, at("linux", { XDG_DATA_HOME: "/data" }))).toBe("/data/jupyter/kernels");
    expect(kernelsFolder({}, at("darwin", {}, "/Users/ada"))).toBe("/Users/ada/Library/Jupyter/kernels");
    const windows = at("win32", { APPDATA: "C:\\Users\\Ada L\\AppData\\Roaming" }, "C:\\Users\\Ada L");
    expect(kernelsFolder({}, windows)).toBe("C:\\Users\\Ada L\\AppData\\Roaming\\jupyter\\kernels");
    for (const platform of ["linux", "darwin"] as const)
      expect(kernelsFolder({}, at(platform, { JUPYTER_DATA_DIR: "/mine" }))).toBe("/mine/kernels");
  });

  it("are a prefix's, or the active Python environment's", () => {
    expect(kernelsFolder({ prefix: "/usr/local" }, at("linux"))).toBe("/usr/local/share/jupyter/kernels");
    const venv = at("linux", { VIRTUAL_ENV: "/venv" });
    expect(kernelsFolder({ sysPrefix: true }, venv)).toBe("/venv/share/jupyter/kernels");
    const conda = at("linux", { CONDA_PREFIX: "/conda" });
    expect(kernelsFolder({ sysPrefix: true }, conda)).toBe("/conda/share/jupyter/kernels");
    expect(() => kernelsFolder({ sysPrefix: true }, at("linux"))).toThrow(
      "neither VIRTUAL_ENV nor CONDA_PREFIX",
    );
  });

  it("are searched in Jupyter's order", () => {
    const env = { JUPYTER_PATH: "/a:/b", VIRTUAL_ENV: "/venv" };
    expect(kernelsFolders(at("linux", env))).toEqual([
      "/a/kernels",
      "/b/kernels",
      "/home/ada/.local/share/jupyter/kernels",
      "/venv/share/jupyter/kernels",
      "/usr/local/share/jupyter/kernels",
      "/usr/share/jupyter/kernels",
    ]);
  });
});

describe("install", () => {
  it("writes a kernelspec with absolute paths and logos", () => {
    const { folder: made, isNew } = installKernel(
      { plugins: ["./mine.js", "some-plugin"], typescript: "tslab" },
      here,
    );
    expect(isNew).toBe(true);
    expect(made).toBe(join(folder, "data", "kernels", "chainrule"));
    expect(readdirSync(made).sort()).toEqual([
      "kernel.json",
      "logo-32x32.png",
      "logo-64x64.png",
      "logo-svg.svg",
    ]);
    const spec = readSpec(made);
    expect(spec).toMatchObject({
      display_name: "TypeScript (chainrule)",
      language: "typescript",
      interrupt_mode: "message",
    });
    expect(spec.argv).toEqual([
      process.execPath,
      "--no-force-async-hooks-checks",
      join(projectRoot, "dist/kernel/jupyter/main.js"),
      "--plugin",
      join(process.cwd(), "mine.js"),
      "--plugin",
      "some-plugin",
      "--typescript",
      "tslab",
      "{connection_file}",
    ]);
  });

  it("can be done again, under another name, and undone", () => {
    const first = readFileSync(join(installKernel({}, here).folder, "kernel.json"), "utf8");
    const again = installKernel({}, here);
    expect(again.isNew).toBe(false);
    expect(readFileSync(join(again.folder, "kernel.json"), "utf8")).toBe(first);
    installKernel({ name: "Course-2", displayName: "The course" }, here);
    expect(installedKernels(here).map(({ name, spec }) => [name, spec.display_name])).toEqual(
      expect.arrayContaining([
        ["chainrule", "TypeScript (chainrule)"],
        ["course-2", "The course"],
      ]),
    );
    expect(uninstallKernel({}, here)).toEqual({ folder: again.folder, wasThere: true });
    expect(uninstallKernel({}, here).wasThere).toBe(false);
    expect(existsSync(again.folder)).toBe(false);
  });

  it("leaves another program's kernel alone unless forced", () => {
    const foreign = join(folder, "data", "kernels", "chainrule");
    mkdirSync(foreign, { recursive: true });
    const spec = '{"argv": ["python3"], "display_name": "Other", "language": "python"}';
    writeFileSync(join(foreign, "kernel.json"), spec);
    writeFileSync(join(foreign, "kernel.js"), "");
    expect(() => installKernel({}, here)).toThrow(/is a kernel of another program.*--force/);
    expect(() => uninstallKernel({}, here)).toThrow(/is a kernel of another program.*--force/);
    expect(readFileSync(join(foreign, "kernel.json"), "utf8")).toBe(spec);
    installKernel({ force: true }, here);
    expect(readSpec(foreign).language).toBe("typescript");
    expect(existsSync(join(foreign, "kernel.js"))).toBe(false);
  });

  it("refuses names that are paths, and packages in a cache or not built", () => {
    for (const name of ["../evil", "a b", "", ".", "a/b"])
      expect(() => installKernel({ name }, here), name).toThrow("a kernel's name is made of");
    for (const root of ["/home/ada/.npm/_npx/1f2e/node_modules/chainrule", "C:\\npm\\_npx\\1\\chainrule"])
      expect(() => installKernel({}, here, root)).toThrow("npm install --global chainrule");
    expect(() => installKernel({}, here, folder)).toThrow("npm run build");
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("says so when the folder cannot be written", () => {
    writeFileSync(join(folder, "data"), "a file where the folder should be");
    expect(() => installKernel({}, here)).toThrow(/cannot be written/);
  });
});

it.each([32, 64])("the logo of %i pixels is the drawing", (size) => {
  const logos = join(projectRoot, "kernel/logos");
  const svg = readFileSync(join(logos, "logo-svg.svg"), "utf8");
  const drawn = new Resvg(svg, { fitTo: { mode: "width", value: size } }).render();
  const stored = decode(readFileSync(join(logos, `logo-${size}x${size}.png`)));
  expect([stored.width, stored.height]).toEqual([size, size]);
  const different = decode(drawn.asPng()).data.filter((value, i) => Math.abs(value - stored.data[i]!) > 8);
  expect(different.length).toBeLessThan(size);
});
