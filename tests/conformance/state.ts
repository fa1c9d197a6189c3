/**
 * What every {@linkcode State} must do, whichever its back-end and however it is reached: the cases of the COSI
 * contract, under the names its tables give them, each set as a function of what is tested.
 */
import { backedStateCases, type OpenBacked } from "./state_backing.ts";
import { stateBookmarkCases } from "./state_bookmarks.ts";
import { stateErrorCases } from "./state_errors.ts";
import { filteredStateCases, type OpenFiltered } from "./state_filter.ts";
import type { OpenState, Subject } from "./state_fixtures.ts";
import { stateHelperCases } from "./state_helper_cases.ts";
import { type OpenWithHistory, stateHistoryCases } from "./state_history.ts";
import { type OpenOwned, ownedStateCases } from "./state_owned.ts";
import { stateQueryCases } from "./state_queries.ts";
import { stateWatchCases } from "./state_watches.ts";
import { stateWrapperCases, type WrapperSubject } from "./state_wrapper.ts";
import { stateWriteCases } from "./state_writes.ts";

/**
 * Declares the suite as tests.
 *
 * @param name Begins every test's name.
 * @param open Gives each case an empty state whose history holds at least 32 events of a kind.
 */
export function stateConformance(
  name: string,
  open: OpenState,
  options: Pick<Subject, "owner"> = {},
): void {
  const subject: Subject = { name, open, ...options };
  stateWriteCases(subject);
  stateHelperCases(subject);
  stateWatchCases(subject);
  stateBookmarkCases(subject);
  stateQueryCases(subject);
  stateErrorCases(subject);
}

/** What a history of a given size holds. @param open Gives each case an empty state of that size. */
export function stateHistoryConformance(name: string, open: OpenWithHistory): void {
  stateHistoryCases(name, open);
}

/** What completes a back-end to a state. */
export function stateWrapperConformance(subject: WrapperSubject): void {
  stateWrapperCases(subject);
}

/** A state behind a rule that is asked before every call. */
export function filteredStateConformance(name: string, open: OpenFiltered): void {
  filteredStateCases(name, open);
}

/** A state as one owner sees it. */
export function ownedStateConformance(name: string, open: OpenOwned): void {
  ownedStateCases(name, open);
}

/** A state whose resources outlive it. */
export function backedStateConformance(name: string, open: OpenBacked): void {
  backedStateCases(name, open);
}
