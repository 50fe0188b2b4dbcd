/**
 * Where a search's proposals come from: it asks for the next one whenever a trial may begin. A strategy in rounds lets it
 * wait until a round has ended; an asynchronous one proposes by what has ended so far.
 */
import type { Strategy } from "./strategies.js";
import type { Proposal, Trial } from "./trial.js";

export interface Source {
  /**
   * The next proposal.
   * @param trials  all so far; each proposal is among them as soon as it is given
   * @returns "wait" until a trial has ended, and undefined when the search is over
   */
  next(trials: readonly Trial[]): Proposal | "wait" | undefined;
}

export const isOpen = ({ status }: Trial): boolean => status === "waiting" || status === "running";

/** Gives a strategy's rounds one proposal after another. */
export function inRounds(strategy: Strategy): Source {
  let proposals: readonly Proposal[] = [];
  let [given, first] = [0, 0];
  let state: "new" | "under way" | "over" = "new";
  return {
    next(trials) {
      for (;;) {
        if (given < proposals.length) return proposals[given++];
        if (state === "over") return undefined;
        const round = trials.slice(first);
        if (round.some(isOpen)) return "wait";
        const next = state === "new" ? strategy.next() : strategy.next(round);
        state = next.done ? "over" : "under way";
        first = trials.length;
        [proposals, given] = [next.done ? [] : next.value, 0];
      }
    },
  };
}
