/** The spec of one resource of another process's state, for as long as one wants to know it. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Clock, Log } from "../../runtime/core/ports.ts";
import type { ResourceDefinition } from "../../runtime/core/definition.ts";
import type { State } from "../../runtime/core/state.ts";

/** Milliseconds before the state is asked again: it is a process of the same machine, which is there or will be soon. */
const RETRY_MS = 500;

/** What following needs. */
export interface FollowedParts<Desc extends DescMessage> {
  readonly state: Pick<State, "watchKind">;
  readonly definition: ResourceDefinition<Desc>;
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called with what it is at first, and at each change; undefined where there is none. What was lost changes nothing. */
  changed(spec: MessageShape<Desc> | undefined): void;
}

/** Follows until the signal aborts, through any loss. Never rejects. */
export async function followSpec<Desc extends DescMessage>(
  parts: FollowedParts<Desc>,
): Promise<void> {
  const { clock, log, signal, definition } = parts;
  let isLost = false;
  while (!signal.aborted) {
    try {
      await followOnce(parts, () => {
        if (isLost) log.write("info", "the state is back", { type: definition.type });
        isLost = false;
      });
    } catch (error) {
      if (signal.aborted) return;
      // Once a loss: the next attempts say nothing new.
      if (!isLost) {
        log.write("warn", "the state cannot be watched", { type: definition.type, error });
      }
      isLost = true;
    }
    await clock.sleep(RETRY_MS, { signal }).catch(() => {});
  }
}

async function followOnce<Desc extends DescMessage>(
  { state, definition, id, signal, changed }: FollowedParts<Desc>,
  onThere: () => void,
): Promise<void> {
  const { namespace, type } = definition;
  const events = await state.watchKind({ namespace, type }, { bootstrapContents: true, signal });
  let found: MessageShape<Desc> | undefined;
  let isWhole = false;
  for await (const event of events) {
    if (event.event === "errored") throw event.error;
    if (event.event === "bootstrapped") {
      isWhole = true;
      onThere();
      changed(found);
    }
    if (event.event === "bootstrapped" || event.event === "noop") continue;
    const { resource } = event;
    if (resource.metadata.id !== id) continue;
    found = event.event !== "destroyed" && definition.is(resource) ? resource.spec : undefined;
    if (isWhole) changed(found);
  }
}
