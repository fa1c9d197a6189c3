/**
 * What every {@linkcode State} must do, whichever its back-end and however it is reached: the cases of the COSI
 * contract, under the names its table gives them.
 */
import type { OpenState, Subject } from "./state_fixtures.ts";
import { stateBookmarkCases } from "./state_bookmarks.ts";
import { stateHelperCases } from "./state_helper_cases.ts";
import { stateQueryCases } from "./state_queries.ts";
import { stateWatchCases } from "./state_watches.ts";
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
}
