/** Tar archives as Python's tarfile writes them in each of its formats, and damaged ones answered with an error. */
import { spawnSync } from "node:child_process";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTar } from "../../../lib/formats/tar.js";
import { withTool } from "../../support/shared.js";
import { mutate } from "./mutations.js";

/** A member with an old header: no format's name, no prefix. */
function member(path: string, content: number[], kind = "0", size = content.length): Uint8Array {
  const bytes = Buffer.alloc(512 + Math.ceil(content.length / 512) * 512);
  bytes.write(path, 0, 100);
  bytes.write(size.toString(8).padStart(11, "0"), 124);
  bytes.write(kind, 156);
  bytes.set(content, 512);
  return sealed(bytes);
}

/** With the checksum that fits. */
function sealed(bytes: Buffer): Uint8Array {
  bytes.write("        ", 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

const archive = (...members: Uint8Array[]): Uint8Array =>
  Uint8Array.from([...Buffer.concat(members), ...new Uint8Array(1024)]);

describe("readTar", () => {
  it("passes over folders, links and devices, and an old folder that looks like a file", () => {
    const bytes = archive(
      member("old/", [], "\0"),
      member("sub/", [], "5"),
      member("link", [], "2"),
      member("a", [1, 2], "\0"),
      member("b", [3], "7"),
    );
    expect([...readTar(bytes)].map(([path, content]) => [path, ...content])).toEqual([
      ["a", 1, 2],
      ["b", 3],
    ]);
  });

  it("reads a size that GNU's tar wrote as bytes", () => {
    const large = Buffer.from(member("a", [1, 2, 3]));
    large.fill(0, 124, 136);
    large[124] = 0x80;
    large[135] = 3;
    expect([...(readTar(archive(sealed(large))).get("a") ?? [])]).toEqual([1, 2, 3]);
  });

  it("says what is wrong with an archive", () => {
    expect(() => readTar(archive(), "a.tar")).toThrow("a.tar holds no files");
    expect(() => readTar(new Uint8Array(1024).fill(1), "a.tar")).toThrow("a.tar has no header at byte 0");
    expect(() => readTar(archive(member("a", [1], "0", 9999)))).toThrow("says that a has 9999 bytes");
    expect(() => readTar(archive(member("a", [1], "S")))).toThrow("stores a with holes");
  });

  it("answers 2,000 damaged archives with a FormatError or with files", () => {
    const { wrong, refused } = mutate(archive(member("a", [1, 2]), member("b", [3])), 2000, (bytes) =>
      readTar(bytes),
    );
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(200);
  });
});

withTool("python3-torch", "archives that Python writes", ({ command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-tar-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["USTAR", "GNU", "PAX"])("%s", (format) => {
    const deep = `${"folder of files/".repeat(8)}${"n".repeat(60)}.txt`;
    const names = [
      "a.txt",
      "sub/größe = 1.txt",
      deep,
      ...(format === "USTAR" ? [] : [`${"x".repeat(200)}.txt`]),
    ];
    const script = [
      "import io, json, sys, tarfile",
      `with tarfile.open(sys.argv[1], "w", format=tarfile.${format}_FORMAT) as tar:`,
      "    for i, name in enumerate(json.loads(sys.argv[2])):",
      "        info = tarfile.TarInfo(name)",
      "        info.size, info.mtime = i + 1, 0.5",
      "        tar.addfile(info, io.BytesIO(bytes([i] * (i + 1))))",
    ].join("\n");
    const path = join(folder, `${format}.tar`);
    const run = spawnSync(command, [...args, "-c", script, path, JSON.stringify(names)], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    const files = readTar(readFileSync(path));
    expect([...files.keys()]).toEqual(names);
    names.forEach((name, i) => expect([...(files.get(name) ?? [])]).toEqual(Array(i + 1).fill(i)));
  });
});
