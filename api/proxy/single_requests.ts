/** The calls of gRPC whose request is one message, by path: it is complete before anybody asks for an answer. */
import { ruledProcedures } from "../authorization/rules.ts";

/** The one call to which messages go on coming. */
const STREAMED = "/ServerReflectionInfo";

/** What it says; a test compares it with the descriptors. One that is missing is merely forwarded piece by piece. */
export const SINGLE_REQUESTS: ReadonlySet<string> = new Set(
  [...ruledProcedures()].filter((procedure) => !procedure.endsWith(STREAMED)),
);
