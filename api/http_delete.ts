/** `DELETE …/TYPE/ID`: tear down, then destroy; 204 when it is gone, 202 with the finalizers that hold it. */
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import { isNotFound, isPendingFinalizers, StateError } from "../runtime/core/errors.ts";
import type { Pointer, Resource } from "../runtime/core/resource.ts";
import { withMetadata } from "../runtime/core/metadata.ts";
import type { DestroyOptions } from "../runtime/core/state.ts";
import { ifMatchOf } from "./etag.ts";
import type { HttpHandler, HttpParts } from "./http_parts.ts";
import { wholeNumber } from "./http_query.ts";
import { jsonResponse } from "./http_read.ts";
import { causeOf, demand, owned } from "./http_write.ts";
import { DELETE_WAIT_SECONDS_MAX } from "./limits.ts";

/** Makes the handler. Owned resources are refused in every phase. */
export function deleteResource(parts: HttpParts): HttpHandler {
  const { state } = parts;
  return async ({ request, url, caller }) => {
    const pointer = parts.targets.pointerOf(url);
    const wait = wholeNumber(url, { name: "wait", max: DELETE_WAIT_SECONDS_MAX }) ?? 0;
    const ifMatch = ifMatchOf(request.headers);
    const current = owned(state, pointer, "");
    const options = { cause: causeOf(caller) };
    if (ifMatch !== undefined) await tearDownMatching(parts, { current, ifMatch, options });
    try {
      const ready = await state.teardown(pointer, options);
      if (ready) {
        await state.destroy(pointer, options);
        return gone();
      }
      if (wait > 0) return await waitFor(parts, { pointer, options, wait, request });
    } catch (error) {
      // Somebody else was faster: gone is gone, and a new finalizer holds it.
      if (isNotFound(error)) return gone();
      if (!isPendingFinalizers(error)) throw error;
    }
    return held(parts, pointer);
  };
}

/** Tears down the very version that the tag names: compared and begun in one turn. */
async function tearDownMatching(
  { state }: HttpParts,
  { current, ifMatch, options }: {
    readonly current: Resource;
    readonly ifMatch: string;
    readonly options: DestroyOptions;
  },
): Promise<void> {
  demand(current, ifMatch);
  if (current.metadata.phase === "tearingDown") return;
  await state.update(withMetadata(current, { phase: "tearingDown" }), options);
}

/** Blocks until the resource is destroyed, the time is over or the caller leaves. */
async function waitFor(
  parts: HttpParts,
  { pointer, options, wait, request }: {
    readonly pointer: Pointer;
    readonly options: DestroyOptions;
    readonly wait: number;
    readonly request: Request;
  },
): Promise<Response> {
  using over = linkedAbort(request.signal, parts.signal);
  const { signal } = over;
  let isOver = false;
  const timer = parts.clock.sleep(wait * 1000, { signal }).then(() => {
    isOver = true;
    over.abort();
  }, () => {});
  try {
    await parts.state.teardownAndDestroy(pointer, { ...options, signal });
    return gone();
  } catch (error) {
    if (isOver) return held(parts, pointer);
    if (!parts.signal.aborted) throw error;
    throw new StateError({ refusal: "closed", detail: "the agent is stopping" });
  } finally {
    over.abort();
    await timer;
  }
}

function gone(): Response {
  return new Response(null, { status: 204 });
}

function held({ state }: HttpParts, pointer: Pointer): Response {
  const current = state.getNow(pointer);
  if (current === undefined) return gone();
  const { finalizers } = current.metadata;
  const detail = `held by the finalizers ${finalizers.join(", ")}: repeat, or use ?wait=SECONDS`;
  return jsonResponse({ detail, finalizers }, { status: 202 });
}
