/** The own root of a service, with its defaults. */
import type { RootPart } from "../../../fs/kernel/process_calls.ts";
import type {
  ServiceRoot,
  ServiceRootPart,
} from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { RootPartKind } from "../../resources/service.ts";
import { shown, type SpecProblems } from "./spec_problems.ts";

/** Parts of a root: each is a mount. */
const PARTS_MAX = 64;
/** Bytes of a file system in memory that says nothing of its size. */
const TMPFS_BYTES = 1024n * 1024n;
/** Bytes one may have: more would be the machine's memory. */
const TMPFS_BYTES_MAX = 1024n * 1024n * 1024n;
/** Bytes of what a link says: PATH_MAX. */
const LINK_CHARACTERS_MAX = 4095;

/** Reads the parts; what is wrong with them goes to `problems`. */
export function rootPlan(
  root: ServiceRoot | undefined,
  problems: SpecProblems,
): readonly RootPart[] | undefined {
  if (root === undefined) return undefined;
  problems.length("root.parts", root.parts, PARTS_MAX);
  const targets = new Set<string>();
  for (const { target } of root.parts) {
    if (targets.has(target)) problems.add(`root has ${shown(target)} twice`, "there once");
    targets.add(target);
  }
  return root.parts.map((part, index) => partOf(part, `root.parts[${index}]`, problems));
}

function partOf(
  { kind, target, source, writable, size }: ServiceRootPart,
  ...[name, problems]: readonly [string, SpecProblems]
): RootPart {
  problems.path(`${name}.target`, target);
  if (target === "/") problems.add(`${name}.target is "/"`, "a path below it");
  if (kind === RootPartKind.TMPFS) {
    problems.number(`${name}.size`, size, { min: 0n, max: TMPFS_BYTES_MAX });
    return { kind: "tmpfs", target, sizeBytes: size || TMPFS_BYTES };
  }
  if (kind === RootPartKind.PROC) return { kind: "proc", target };
  if (kind === RootPartKind.LINK) {
    if (source === "" || source.includes("\0") || source.length > LINK_CHARACTERS_MAX) {
      problems.add(`${name}.source is ${shown(source)}`, "what the link says");
    }
    return { kind: "link", target, source };
  }
  if (kind !== RootPartKind.BIND && kind !== RootPartKind.UNSPECIFIED) {
    problems.add(`${name}.kind is ${kind}`, "BIND, TMPFS, PROC or LINK");
  }
  problems.path(`${name}.source`, source);
  return { kind: "bind", source, target, writable };
}
