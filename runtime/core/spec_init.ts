/** What a spec of a type is made from. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ResourceDefinition } from "./definition.ts";

/** Fields of a spec as one writes them: what is left out has its default. */
export type SpecInit<Definition extends ResourceDefinition> = MessageInitShape<
  Definition["descriptor"]
>;
