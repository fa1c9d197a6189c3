/** The context of a running controller: the state, as far as the controller declared it, in the controller's name. */
import { requireWrite } from "./access.ts";
import type { ControllerContext, Input } from "./controller.ts";
import { reader, type ReaderHost } from "./controller_reads.ts";
import { writer, type WriterHost } from "./controller_writes.ts";
import type { OutputTracker } from "./output_tracker.ts";

/** What the engine lends to a context. */
export interface ControllerHost extends ReaderHost, Omit<WriterHost, "onWrite"> {
  readonly tracker: OutputTracker;
  /** Resolves to whether there is another turn. */
  readonly nextTurn: () => Promise<boolean>;
  readonly queueReconcile: () => void;
  readonly updateInputs: (inputs: readonly Input[]) => Promise<void>;
  readonly resetRestartBackoff: () => void;
  readonly noteCycle: (inputItems: number) => void;
}

export function controllerContext(host: ControllerHost): ControllerContext {
  const { state, tracker, declared } = host;
  const { name } = declared();
  const writes = writer({ ...host, onWrite: (pointer) => tracker.add(pointer) });
  return {
    ...reader(host),
    ...writes,
    signal: host.signal,
    log: host.log,
    reconciles: () => turns(host),
    queueReconcile: host.queueReconcile,
    updateInputs: host.updateInputs,
    resetRestartBackoff: host.resetRestartBackoff,
    noteCycle: host.noteCycle,
    startTrackingOutputs: () => tracker.start(),
    async cleanupOutputs(...kinds) {
      tracker.requireStarted();
      for (const kind of kinds) {
        requireWrite(declared(), { ...kind, id: "" }, "destroy");
        for (const { metadata } of await state.list(kind)) {
          if (metadata.owner !== name || tracker.has(metadata)) continue;
          await writes.destroy(metadata);
        }
      }
      tracker.stop();
      host.resetRestartBackoff();
    },
  };
}

async function* turns(host: ControllerHost): AsyncGenerator<void> {
  while (await host.nextTurn()) yield;
}
