/** cosi.resource.State over Connect and gRPC-Web: each call as the library wants it. */
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { State as StateDescriptor } from "../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { Resource } from "../runtime/core/resource.ts";
import { CALLER } from "./caller.ts";
import { missing, type StateCaller, stateCalls, type StateServiceParts } from "./state_calls.ts";
import { watchMessages } from "./state_watch.ts";

/** Makes the eight methods. */
export function stateService(parts: StateServiceParts): ServiceImpl<typeof StateDescriptor> {
  const { codec } = parts;
  const calls = stateCalls(parts);

  async function answer(resource: Resource) {
    await codec.prepare();
    return { resource: codec.encode(resource) };
  }

  return {
    get(request, context) {
      const found = calls.get(request, from(context));
      if (found === undefined) throw new StateError(missing(request));
      return answer(found);
    },

    async *list(request, context) {
      const { signal } = context;
      const found = calls.list(request, from(context));
      await codec.prepare();
      for (const resource of found) {
        if (signal.aborted) return;
        yield { resource: codec.encode(resource) };
      }
    },

    async create(request, context) {
      return await answer(await calls.create(request, from(context)));
    },

    async update(request, context) {
      return await answer(await calls.update(request, from(context)));
    },

    async destroy(request, context) {
      await calls.destroy(request, from(context));
      return {};
    },

    async teardown(request, context) {
      return { destroyReady: await calls.teardown(request, from(context)) };
    },

    async teardownAndDestroy(request, context) {
      await calls.teardownAndDestroy(request, from(context));
      return {};
    },

    watch: (request, context) => watchMessages(parts, request, from(context)),
  };
}

function from({ values, signal }: HandlerContext): StateCaller {
  const caller = values.get(CALLER);
  return { identity: caller.identity, caller, signal };
}
