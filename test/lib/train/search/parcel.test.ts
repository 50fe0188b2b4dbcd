/** What a search's processes are sent: of the library only names, whichever door or variable they come from. */
import { expect, it } from "vitest";
import { packAll, unpack } from "../../../../lib/train/search/parcel.js";
import { library } from "../../../../lib/train/search/search.js";
import * as chainrule from "../../../../lib/index.js";
import { manifest } from "../../../support/doors.js";

const all = await library();
const by = { library: all, compile: () => undefined };

it("the library has every value of its doors", () => {
  const values = Object.entries(chainrule).filter(([name, value]) => all[name] !== value);
  expect(values.map(([name]) => name)).toEqual([]);
});

const doors = Object.entries(manifest.exports)
  .filter(([subpath, target]) => target.default?.startsWith("./dist/lib/") && subpath !== "./plugin")
  .map(([subpath, target]) => [`chainrule${subpath.slice(1)}`, target.default!] as const);

it.each(doors)("%s travels as names and arrives whole", async (_, file) => {
  const source = file.replace("./dist/", "../../../../").replace(/\.js$/, ".ts");
  const door = (await import(source)) as Record<string, unknown>;
  const { there } = packAll({ there: door }, all);
  expect(there.kind).toBe("door");
  expect(JSON.stringify(there).length).toBeLessThan(50 * Object.keys(door).length + 100);
  expect(unpack(there, by)).toEqual({ ...door });
});

it("a value of the library under a name of the cells travels as its name in the library", () => {
  const { Net, settings } = packAll({ Net: chainrule.Sequential, settings: { rate: 8000 } }, all);
  expect(Net).toEqual({ kind: "library", name: "Sequential" });
  expect(unpack(Net, by)).toBe(chainrule.Sequential);
  expect(settings).toEqual({ kind: "plain", value: { rate: 8000 } });
});

it("a name that means the library's own need not travel, another value by that name must", () => {
  expect(packAll({ fit: chainrule.fit }, all)).toEqual({});
  expect(packAll({ fit: 3 }, all)).toEqual({ fit: { kind: "plain", value: 3 } });
  expect(packAll({ hertz: chainrule.vowelRate }, all)).toEqual({ hertz: { kind: "plain", value: 8000 } });
});

it("a divided data set arrives as one, with its sets, its other fields and its text", () => {
  const data = { ...chainrule.digits({ train: 20, test: 10 }), rate: 8000 };
  for (const sent of [chainrule.digits({ train: 20, test: 10 }), chainrule.splits(data), data]) {
    const there = unpack(packAll({ sent }, all).sent, by) as typeof data;
    expect(String(there)).toBe(String(sent));
    expect(there.train).toBeInstanceOf(chainrule.Dataset);
    expect(there.train.images).toEqual(sent.train.images);
    expect([there.name, there.rate]).toEqual([sent.name, (sent as typeof data).rate]);
  }
});
