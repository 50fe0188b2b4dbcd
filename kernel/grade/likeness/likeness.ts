/**
 * Which submissions of an assignment are more alike than chance makes them. What the release hands to everybody is left
 * out, and so is what many have, since many come upon it by themselves. It is a question to be asked, and not a verdict.
 */
import type { Notebook, NotebookCell } from "../../notebook/format.js";
import { assign } from "../assign.js";
import { roleOf } from "../nbgrader.js";
import { tokensOfCode, tokensOfProse } from "./tokens.js";
import { winnow } from "./winnow.js";
import type { Fingerprint, Lengths } from "./winnow.js";

/** A submission that is compared. */
export interface Compared {
  /** Whose it is: submissions of the same person are not compared. */
  readonly who: string;
  readonly name: string;
  readonly notebook: Notebook;
}

/** A cell with the places that both have. */
export interface SharedCell {
  readonly name: string;
  readonly source: string;
  /** From the first character to the one behind the last, in order, without overlaps. */
  readonly places: readonly (readonly [start: number, end: number])[];
}

/** Two submissions that are alike. */
export interface Pair {
  readonly names: readonly [string, string];
  /** The part of the shorter one's runs that the other has too, from 0 to 1. */
  readonly share: number;
  /** How many runs both have. */
  readonly runs: number;
  readonly cells: readonly [readonly SharedCell[], readonly SharedCell[]];
}

/** Everything of some 23 nodes, three or four short lines, or of eight words is found. */
const CODE: Lengths = { run: 16, window: 8 };
const PROSE: Lengths = { run: 5, window: 4 };

/** A run that more than so many have says nothing, or more than a tenth of a large class. */
const MANY = 10;

/** What a pair must share to be listed. */
const LEAST = { share: 0.5, runs: 4 };

interface Text {
  readonly name: string;
  readonly source: string;
  readonly runs: readonly Fingerprint[];
}

/** @returns the pairs that are alike, the most alike first */
export function alike(source: Notebook, submissions: readonly Compared[]): Pair[] {
  const given = new Set(
    [...assign(source).cells, ...source.cells.filter((cell) => !roleOf(cell)?.solution)].flatMap((cell) =>
      runsOf(cell).map(({ hash }) => hash),
    ),
  );
  const all = submissions.map(({ notebook }) => textsOf(notebook, source));
  const havers = new Map<number, Set<string>>();
  all.forEach((texts, i) => {
    for (const { hash } of texts.flatMap(({ runs }) => runs))
      havers.set(hash, (havers.get(hash) ?? new Set()).add(submissions[i].who));
  });
  const most = Math.max(MANY, new Set(submissions.map(({ who }) => who)).size / 10);
  const says = ({ hash }: Fingerprint): boolean => !given.has(hash) && havers.get(hash)!.size <= most;
  const own = all.map((texts) => texts.map((text) => ({ ...text, runs: text.runs.filter(says) })));
  const hashes = own.map((texts) => new Set(texts.flatMap(({ runs }) => runs.map(({ hash }) => hash))));
  const pairs: Pair[] = [];
  for (let i = 0; i < own.length; i++)
    for (let j = i + 1; j < own.length; j++) {
      if (submissions[i].who === submissions[j].who) continue;
      const common = new Set([...hashes[i]].filter((hash) => hashes[j].has(hash)));
      const share = common.size / Math.max(1, Math.min(hashes[i].size, hashes[j].size));
      if (common.size < LEAST.runs || share < LEAST.share) continue;
      pairs.push({
        names: [submissions[i].name, submissions[j].name],
        ...{ share, runs: common.size },
        cells: [sharedIn(own[i], common), sharedIn(own[j], common)],
      });
    }
  return pairs.sort((a, b) => b.share - a.share || b.runs - a.runs);
}

/** What a student may write: solutions, answers and cells of their own. */
function textsOf(submission: Notebook, source: Notebook): Text[] {
  const roles = new Map(source.cells.map((cell) => [roleOf(cell)?.id ?? cell.id, roleOf(cell)]));
  let extra = 0;
  return submission.cells.flatMap((cell) => {
    const id = roleOf(cell)?.id ?? cell.id;
    const isKnown = roles.has(id);
    if ((isKnown && !roles.get(id)?.solution) || cell.cell_type === "raw") return [];
    return [{ name: isKnown ? id : `own cell ${++extra}`, source: cell.source, runs: runsOf(cell) }];
  });
}

function runsOf({ cell_type, source }: NotebookCell): Fingerprint[] {
  return cell_type === "code" ? winnow(tokensOfCode(source), CODE) : winnow(tokensOfProse(source), PROSE);
}

/** The cells that hold some of the runs, with their places. */
function sharedIn(texts: readonly Text[], common: ReadonlySet<number>): SharedCell[] {
  return texts.flatMap(({ name, source, runs }) => {
    const places: [number, number][] = [];
    const found = runs.filter(({ hash }) => common.has(hash)).sort((a, b) => a.start - b.start);
    for (const { start, end } of found) {
      const last = places.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else places.push([start, end]);
    }
    return places.length > 0 ? [{ name, source, places }] : [];
  });
}
