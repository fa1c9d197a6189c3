/** The house rules that no reviewer should have to remember. */
import { exportedReturnType } from "./exported_return_type.ts";
import { functionLength } from "./function_length.ts";
import { kernelEdge } from "./kernel_edge.ts";
import { layers } from "./layers.ts";
import { ports } from "./ports.ts";

const house: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "exported-return-type": exportedReturnType,
    "function-length": functionLength,
    "kernel-edge": kernelEdge,
    layers,
    ports,
  },
};

// The linter takes a plugin as the default export.
export default house;
