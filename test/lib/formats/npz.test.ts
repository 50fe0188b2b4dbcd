/** npy and npz: NumPy reads what is written and is read, in every dtype and order; damaged files are refused. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  FormatError,
  Random,
  flat,
  readNpy,
  readNpz,
  tensor,
  writeNpy,
  writeNpz,
} from "../../../lib/index.js";
import { withTool } from "../../support/shared.js";
import { mutate } from "./mutations.js";

const random = new Random(1);
const tensors = {
  "conv1.w": random.normal([2, 3, 5]),
  b: random.normal([2], 0, 1, "float64"),
  scalar: tensor(3.25),
  empty: tensor(new Float32Array(0), [0, 4]),
};

function npy(header: string, data: number[] = [], version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length =
    version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...data]);
}

describe("npy", () => {
  test("gives back what was written", () => {
    for (const x of Object.values(tensors)) {
      const back = readNpy(writeNpy(x));
      expect([back.dtype, back.shape, flat(back)]).toEqual([x.dtype, x.shape, flat(x)]);
    }
  });

  test.each([
    [
      "big-endian",
      npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", [1, 0, 255, 254]),
      [256, -2],
      [2],
    ],
    [
      "Fortran's order",
      npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [1, 2, 3, 4, 5, 6]),
      [1, 3, 5, 2, 4, 6],
      [2, 3],
    ],
    ["version 2", npy("{'descr': '|b1', 'fortran_order': False, 'shape': ()}\n", [1], 2), [1], []],
    ["version 3", npy("{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}\n", [0, 0x3c], 3), [1], [1]],
    // As `numpy.load` does: a file may hold several arrays, and the first is the one that is read.
    [
      "the first of several",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", [1, 2]),
      [1],
      [1],
    ],
    [
      "keys in another order",
      npy("{ 'shape' :(1 ,) , 'descr':'|u1', 'fortran_order' :False}", [7]),
      [7],
      [1],
    ],
    [
      "double quotes and u",
      npy(`{"descr": u'|i1', "fortran_order": False, u"shape": (1,)}`, [255]),
      [-1],
      [1],
    ],
    [
      "Python 2's long numbers",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L), }", [7, 8]),
      [7, 8],
      [2, 1],
    ],
    [
      "a header over several lines",
      npy("\n{\n'descr': '|u1',\n'fortran_order': False,\n'shape': (1,)\n}\n\n", [7]),
      [7],
      [1],
    ],
    [
      "a header padded to 9,000",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }".padEnd(9000), [7]),
      [7],
      [1],
    ],
    [
      "comments, which are Python's too",
      npy("{'descr': '|u1', # bytes\n 'fortran_order': False, 'shape': (1,)} # by hand", [7]),
      [7],
      [1],
    ],
    ["letters for types", npy("{'descr': '>H', 'fortran_order': False, 'shape': (1,)}", [1, 2]), [258], [1]],
    ["names of types", npy("{'descr': 'bool', 'fortran_order': False, 'shape': (2,)}", [0, 9]), [0, 1], [2]],
    ["nothing", npy("{'descr': '<f8', 'fortran_order': True, 'shape': (3, 0, 2)}"), [], [3, 0, 2]],
  ])("reads %s", (_, bytes, expected, shape) => {
    const x = readNpy(bytes);
    expect([...flat(x)]).toEqual(expected);
    expect(x.shape).toEqual(shape);
  });

  test.each([
    ["another file", new Uint8Array(100), "not an npy file"],
    ["an unknown version", npy("", [], 9), "version 9"],
    ["a zip archive", writeNpz({ a: tensor(1) }), "readNpz reads those"],
    [
      "a name in the header",
      npy("{'descr': str, 'fortran_order': False, 'shape': (1,), }"),
      "no Python dictionary",
    ],
    [
      "a number for the shape",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1), }", [1]),
      "no tuple",
    ],
    [
      "a list for the shape",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': [1], }", [1]),
      "no tuple",
    ],
    [
      "a negative shape",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }", [1]),
      "is not the shape",
    ],
    [
      "a number for the order",
      npy("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,), }", [1]),
      "neither True nor False",
    ],
    [
      "a key too many",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", [1]),
      "and no more",
    ],
    ["a key too few", npy("{'descr': '|u1', 'shape': (1,)}", [1]), "needs descr, fortran_order and shape"],
    [
      "something behind the dictionary",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} 1", [1]),
      "no Python dictionary",
    ],
    [
      "long numbers since Python 3",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1L,)}", [1], 3),
      "no Python dictionary",
    ],
    ["a header without end", npy("(".repeat(9000)), "no Python dictionary"],
    [
      "a header that is too long",
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }".padEnd(11_000), [1]),
      "more than 10000",
    ],
    ["text", npy("{'descr': '<U5', 'fortran_order': False, 'shape': (1,), }"), "it holds text (<U5)"],
    [
      "dates",
      npy("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,), }"),
      "it holds dates (<M8[ns])",
    ],
    [
      "floats of 80 bits",
      npy("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }"),
      "floats of more than 64 bits",
    ],
    [
      "Python objects",
      npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", [0]),
      "does not describe",
    ],
    [
      "records",
      npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
      "does not describe",
    ],
    [
      "complex numbers",
      npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }"),
      "does not describe",
    ],
    [
      "a huge claim",
      npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999), }"),
      "is not the shape",
    ],
    [
      "a claim beyond the file",
      npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999,), }"),
      "cut off",
    ],
    [
      "a number beyond 2⁵³",
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", [1, 0, 0, 0, 0, 0, 0, 64]),
      "beyond ±2⁵³",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(FormatError);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  test("2,000 damaged files: refused or read, never anything else", () => {
    const { wrong, refused } = mutate(writeNpy(tensors["conv1.w"]), 2000, (bytes) => readNpy(bytes));
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(500);
  });
});

describe("npz", () => {
  test.each([false, true])("gives back what was written, compress: %s", (compress) => {
    const back = readNpz(writeNpz(tensors, { compress }));
    expect(Object.keys(back).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, x] of Object.entries(tensors)) expect(flat(back[name])).toEqual(flat(x));
  });

  test("gives the others and tells of what is no array of numbers", () => {
    const text = npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", [65, 0, 0, 0]);
    const huge = npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", [1, 0, 0, 0, 0, 0, 0, 64]);
    const bytes = zipSync({
      "x.npy": writeNpy(tensor([1, 2])),
      "names.npy": text,
      "id.npy": huge,
      "a.txt": text.slice(9),
      "sub/": new Uint8Array(),
      y: writeNpy(tensor(3)),
    });
    const told: Record<string, string> = {};
    const arrays = readNpz(bytes, { onLeftOut: (name, why) => (told[name] = why) });
    expect(Object.keys(arrays)).toEqual(["x", "y"]);
    expect([...flat(arrays.x), ...flat(arrays.y)]).toEqual([1, 2, 3]);
    expect(Object.keys(told)).toEqual(["names", "id", "a.txt"]);
    expect(told.names).toContain("npz: names.npy: it holds text (<U1)");
    expect(told.id).toContain("beyond ±2⁵³");
    expect(() => arrays.names).toThrow(FormatError);
    expect(() => arrays.names).toThrow(told.names);
    expect("other" in arrays).toBe(false);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    readNpz(bytes);
    expect(warn.mock.calls.flat().join()).toContain("left out: npz: names.npy");
    warn.mockRestore();
    expect(() => readNpz(zipSync({ "names.npy": text }))).toThrow("it holds text");
  });

  test("an array may have any name", () => {
    const back = readNpz(writeNpz({ ["__proto__"]: tensor(1), constructor: tensor(2), größe: tensor(3) }));
    expect(Object.entries(back).map(([name, x]) => [name, ...flat(x)])).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
      ["größe", 3],
    ]);
  });

  test("is the same bytes for the same tensors", () => {
    expect(writeNpz(tensors)).toEqual(writeNpz(tensors));
  });

  test("refuses archives of something else, and names that lead out of the archive", () => {
    expect(() => readNpz(zipSync({ "a.txt": new Uint8Array(3) }))).toThrow("a.txt is no array");
    expect(() => readNpz(new Uint8Array(100))).toThrow("not a zip archive");
    expect(() => writeNpz({ "../a": tensor(1) })).toThrow("another name");
  });

  test("does not believe a size: what unpacks to more than it claims is refused at once", () => {
    const bytes = zipSync({ "x.npy": new Uint8Array(200_000_000) });
    const directory = bytes.length - 22 - (46 + 5);
    new DataView(bytes.buffer).setUint32(directory + 24, 1000, true);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => readNpz(bytes)).toThrow("more than the 1000 bytes that it claims");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });

  test("refuses entries that share their bytes", () => {
    const bytes = zipSync({ "a.npy": writeNpy(tensor(1)), "b.npy": writeNpy(tensor(2)) }, { level: 0 });
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 6, true);
    for (const at of [directory, directory + 46 + 5]) view.setUint32(at + 20, 300, true);
    expect(() => readNpz(bytes)).toThrow("its entries take");
  });

  test.each([false, true])(
    "2,000 damaged files, compress: %s: refused or read, never anything else",
    (compress) => {
      const { wrong, refused, slowest, memory } = mutate(writeNpz(tensors, { compress }), 2000, readNpz);
      expect(wrong).toEqual([]);
      expect(refused).toBeGreaterThan(1000);
      expect(slowest).toBeLessThan(500);
      expect(memory).toBeLessThan(2_000_000);
    },
  );
});

withTool("python3-torch", "NumPy and npz", ({ command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-npz-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const python = (script: string): string => {
    const run = spawnSync(command, [...args, "-c", script, folder], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    return run.stdout;
  };

  test("NumPy reads what is written", () => {
    writeFileSync(join(folder, "ours.npz"), writeNpz(tensors, { compress: true }));
    const said = python(
      "import sys, json, numpy\nz = numpy.load(sys.argv[1] + '/ours.npz')\n" +
        "print(json.dumps({k: [str(z[k].dtype), z[k].shape, z[k].ravel().tolist()] for k in z.files}))",
    );
    const expected = Object.entries(tensors).map(([name, x]) => [name, [x.dtype, x.shape, [...flat(x)]]]);
    expect(JSON.parse(said)).toEqual(Object.fromEntries(expected));
  });

  test("what NumPy writes is read", () => {
    python(
      "import sys, numpy, warnings, zipfile\nwarnings.simplefilter('ignore')\na = numpy.arange(24).reshape(2, 3, 4)\n" +
        "numpy.savez(sys.argv[1] + '/theirs.npz', f=numpy.asfortranarray(a.astype('f4')), i=a, h=a.astype('>f2'), s=numpy.float64(0.1), b=a % 2 == 0)\n" +
        "numpy.savez_compressed(sys.argv[1] + '/packed.npz', i=a)\n" +
        "numpy.savez(sys.argv[1] + '/mixed.npz', c=a * 1j, o=numpy.array([None]), t=numpy.array(['a', 'b']), d=numpy.array(['2020-01-01'], 'M8[D]'), r=numpy.zeros(2, 'i4,f4'), l=numpy.longdouble(1), k=a, **{'größe': a})\n" +
        "z = zipfile.ZipFile(sys.argv[1] + '/mixed.npz', 'a')\nz.writestr('k.npy', zipfile.ZipFile(sys.argv[1] + '/packed.npz').read('i.npy')[:-8] + b'\\x63' + bytes(7))\nz.close()\n" +
        "zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 10, 1\nnumpy.savez(sys.argv[1] + '/large.npz', a=a, b=a)\n" +
        "for v in (1, 2, 3):\n  with open(sys.argv[1] + f'/v{v}.npy', 'wb') as f: numpy.lib.format.write_array(f, a.T.astype('>i4'), version=(v, 0))",
    );
    // Written as archives of more than 4 GB and 65,535 files are.
    const large = readNpz(readFileSync(join(folder, "large.npz")));
    for (const x of [large.a, large.b]) expect([...flat(x)]).toEqual(Array.from({ length: 24 }, (_, n) => n));
    const told: string[] = [];
    const mixed = readNpz(readFileSync(join(folder, "mixed.npz")), { onLeftOut: (name) => told.push(name) });
    expect(told.sort()).toEqual(["c", "d", "l", "o", "r", "t"]);
    // The later of two with one name is the one that NumPy gives.
    expect(mixed.k.get(1, 2, 3)).toBe(99);
    expect(Object.keys(mixed).sort()).toEqual(["größe", "k"]);
    for (const v of [1, 2, 3]) {
      const x = readNpy(readFileSync(join(folder, `v${v}.npy`)));
      expect([x.shape, x.get(3, 1, 1)]).toEqual([[4, 3, 2], 19]);
    }
    const { f, i, h, s, b } = readNpz(readFileSync(join(folder, "theirs.npz")));
    const count = Array.from({ length: 24 }, (_, n) => n);
    for (const x of [f, i, h]) expect([x.shape, [...flat(x)]]).toEqual([[2, 3, 4], count]);
    expect([...flat(s)]).toEqual([0.1]);
    expect([...flat(b)]).toEqual(count.map((n) => 1 - (n % 2)));
    expect([...flat(readNpz(readFileSync(join(folder, "packed.npz"))).i)]).toEqual(count);
  });
});

test.each([
  [12, "packing method 12 (bzip2) is not read; store or deflate it."],
  [14, "packing method 14 (LZMA) is not read"],
  [77, "packing method 77 is unknown"],
])("an archive packed in another way, %i, is refused by its name", (method, words) => {
  const bytes = zipSync({ "x.npy": npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", [7]) });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (view.getUint32(at, true) === 0x04034b50) view.setUint16(at + 8, method, true);
    if (view.getUint32(at, true) === 0x02014b50) view.setUint16(at + 10, method, true);
  }
  expect(() => readNpz(bytes)).toThrow(words);
});
