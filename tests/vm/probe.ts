/**
 * Tries from inside the machine what no caller of the API can: writes to any path, orphans, killed children, errors
 * that nobody catches. A request is a resource of an unknown type whose YAML is JSON; so is the answer, of the same id.
 */
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import type { Controller } from "../../runtime/engine/controller.ts";
import { updateEtcFile } from "./probe_etc.ts";
import { readingCost } from "./probe_reading.ts";
import { lostItemsOfEtcd, putItems } from "./power/etcd_keeper.ts";
import { keepItems, lostItems } from "./power/keeper.ts";
import type { KeptRun } from "./power/kept_files.ts";
import {
  believe,
  conformance,
  readFlipped,
  type SignatureFlip,
  type VerityFlips,
} from "./probe_verity.ts";
import { treeDigests } from "./tree_digests.ts";
import { writableDirectories } from "./writable_directories.ts";

/** What a test may ask. */
export type ProbeRequest =
  | { readonly act: "write"; readonly path: string; readonly text: string }
  | { readonly act: "run"; readonly path: string; readonly args: readonly string[] }
  | { readonly act: "signal"; readonly signal: "SIGINT" | "SIGTERM" }
  | { readonly act: "kill"; readonly pid: number; readonly signal: Deno.Signal }
  | { readonly act: "zombies" }
  | { readonly act: "digest"; readonly root: string }
  | { readonly act: "keep"; readonly run: number; readonly items: number }
  | { readonly act: "lost"; readonly runs: readonly KeptRun[] }
  | { readonly act: "etcd put"; readonly run: number; readonly items: number }
  | { readonly act: "etcd lost"; readonly runs: readonly KeptRun[] }
  | { readonly act: "writable"; readonly root: string }
  | { readonly act: "wipe"; readonly path: string }
  | { readonly act: "names"; readonly path: string }
  | { readonly act: "etc updates"; readonly name: string; readonly updates: number }
  | { readonly act: "mapper suite" }
  | { readonly act: "verity flips"; readonly flips: VerityFlips }
  | { readonly act: "reading cost" }
  | { readonly act: "believe"; readonly told: SignatureFlip }
  | { readonly act: "reject" }
  | { readonly act: "throw" }
  | { readonly act: "loop" };

/** What the probe answers. */
export interface ProbeAnswer {
  /** Errno's name, or "" when the act succeeded. */
  readonly error: string;
  readonly value?: unknown;
}

const NAMESPACE = "default";
export const PROBE_REQUESTS = { namespace: NAMESPACE, type: "ProbeRequests.test.strata" };
export const PROBE_ANSWERS = { namespace: NAMESPACE, type: "ProbeAnswers.test.strata" };

/** Answers each request once. */
export function probeController(kernel: Kernel): Controller {
  return {
    name: "test.ProbeController",
    inputs: [{ ...PROBE_REQUESTS, kind: "weak" }],
    outputs: [{ type: PROBE_ANSWERS.type, kind: "exclusive" }],
    async run(context): Promise<void> {
      const answered = new Set<string>();
      for await (const _ of context.reconciles()) {
        for (const { metadata, spec } of await context.list(PROBE_REQUESTS)) {
          if (answered.has(metadata.id) || !(spec instanceof OpaqueSpec)) continue;
          answered.add(metadata.id);
          const answer = await act(kernel, JSON.parse(spec.yaml) as ProbeRequest);
          await context.create({
            metadata: newMetadata({ ...PROBE_ANSWERS, id: metadata.id }),
            spec: new OpaqueSpec(undefined, JSON.stringify(answer)),
          });
        }
      }
    },
  };
}

async function act(kernel: Kernel, request: ProbeRequest): Promise<ProbeAnswer> {
  try {
    return { error: "", value: await perform(kernel, request) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { error: code };
  }
}

async function perform(kernel: Kernel, request: ProbeRequest): Promise<unknown> {
  switch (request.act) {
    case "write":
      return await Deno.writeTextFile(request.path, request.text, { append: true });
    case "run":
      return await kernel.runTool(request.path, request.args);
    case "signal":
      // To PID 1, which is this process; a moment later, so that the answer gets out.
      setTimeout(() => Deno.kill(Deno.pid, request.signal), 500);
      return;
    case "kill":
      return Deno.kill(request.pid, request.signal);
    case "zombies":
      return zombies();
    case "digest":
      return await treeDigests(request.root, () => false);
    case "keep":
      // Goes on behind the answer: its acknowledgements are on the console.
      void keepItems(request.run, request.items);
      return;
    case "lost":
      return lostItems(request.runs);
    case "etcd put":
      // Goes on behind the answer, as above.
      void putItems(request.run, request.items);
      return;
    case "etcd lost":
      return await lostItemsOfEtcd(request.runs);
    case "writable":
      return await writableDirectories(request.root);
    case "wipe":
      return kernel.remove(request.path, { recursive: true });
    case "names":
      return kernel.names(request.path);
    case "etc updates":
      return await updateEtcFile(kernel, request);
    case "mapper suite":
      return await conformance(kernel);
    case "verity flips":
      return readFlipped(kernel, request.flips);
    case "reading cost":
      return readingCost(kernel);
    case "believe":
      return await believe(kernel, request.told);
    case "reject":
      void Promise.reject(new Error("probe: a rejection nobody handles"));
      return;
    case "throw":
      setTimeout(() => {
        throw new Error("probe: an error nobody catches");
      });
      return;
    case "loop":
      setTimeout(() => {
        for (;;);
      }, 500);
      return;
  }
}

/** Pids in state Z. */
function zombies(): readonly number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      if (stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "Z") {
        found.push(Number(name));
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return found;
}
