/** The settings of a queue controller as they were when it was registered. */
import { compareInputs } from "./input_rules.ts";
import { CONCURRENCY_MAX, type QueueController, type QueueSettings } from "./queue_controller.ts";

/** @throws {Error} A concurrency that is none. */
export function takenSettings({ settings }: QueueController): QueueSettings {
  const { inputs, outputs, concurrency = 1, run, shutdown } = settings;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > CONCURRENCY_MAX) {
    throw new Error(`invalid concurrency: ${concurrency}, may be 1 to ${CONCURRENCY_MAX}`);
  }
  return Object.freeze({
    inputs: inputs.map((input) => Object.freeze({ ...input })).sort(compareInputs),
    outputs: outputs.map((output) => Object.freeze({ ...output })),
    concurrency,
    ...(run === undefined ? {} : { run: run.bind(settings) }),
    ...(shutdown === undefined ? {} : { shutdown: shutdown.bind(settings) }),
  });
}
