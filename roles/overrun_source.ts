/** The engine's overruns as WatchOverruns. */
import type { Source } from "../runtime/controllers/mirror.ts";
import type { Engine } from "../runtime/engine/engine.ts";
import type { watchOverrun } from "../runtime/resources/runtime.ts";

/** Kinds by NAMESPACE/TYPE. */
export function overrunSource(
  engine: Pick<Engine, "overruns" | "followOverruns">,
): Source<typeof watchOverrun> {
  return {
    read: () =>
      new Map(
        engine.overruns().map(({ namespace, type, count, last }) => [
          `${namespace}/${type}`,
          { namespace, type, count: BigInt(count), last },
        ]),
      ),
    follow: (changed, signal) => engine.followOverruns(changed, signal),
  };
}
