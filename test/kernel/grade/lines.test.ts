/** Messages between processes as lines of JSON: whole whatever the pieces, and nothing after one that is refused. */
import { expect, it } from "vitest";
import { linesPort } from "../../../kernel/grade/lines.js";
import type { LinesOptions } from "../../../kernel/grade/lines.js";

function port(options: LinesOptions = {}) {
  const written: string[] = [];
  const received: unknown[] = [];
  let give: (text: string) => void = () => {};
  const one = linesPort(
    { write: (line) => void written.push(line), onText: (listener) => void (give = listener) },
    options,
  );
  one.on("message", (message) => void received.push(message));
  return { written, received, give: (text: string) => give(text), send: one.postMessage };
}

it("gives back what was sent, in whatever pieces it comes", () => {
  const { written, received, give, send } = port();
  send({ text: "a\nb 😀", list: [1, null] });
  send("x");
  for (const character of written.join("")) give(character);
  expect(received).toEqual([{ text: "a\nb 😀", list: [1, null] }, "x"]);
});

it.each([
  ["is no JSON", '{"a":1}\nnot json\n{"b":2}\n', "not accepted"],
  ["is not wanted", '{"a":1}\nnull\n{"b":2}\n', "not accepted"],
  ["is too long", `{"a":1}\n${"x".repeat(200)}`, "too long"],
])("takes nothing more after a message that %s", (_, text, why) => {
  const said: string[] = [];
  const { received, give } = port({
    accepts: (message) => message !== null,
    longest: 100,
    refused: (reason) => void said.push(reason),
  });
  for (const piece of text.match(/[^]{1,10}/g)!) give(piece);
  give('\n{"c":3}\n');
  expect(received).toEqual([{ a: 1 }]);
  expect(said).toEqual([why]);
});
