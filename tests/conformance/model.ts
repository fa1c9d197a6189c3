/** What the model of resources must be: the cases of the COSI contract, under the names its table gives them. */
import { definitionCases } from "./model_definitions.ts";
import { metadataCases } from "./model_metadata.ts";
import { queryCases } from "./model_queries.ts";
import { wireCases } from "./model_wire.ts";
import type { OpenState } from "./state_fixtures.ts";

/** Declares the suite as tests. @param open Gives each case that needs one an empty state. */
export function modelConformance(open: OpenState): void {
  metadataCases();
  queryCases();
  definitionCases(open);
  wireCases();
}
