/** What must hold of every single write, whoever makes it and whatever else goes on. */
import { resourceEquals } from "../core/resource_equality.ts";
import { withMetadata } from "../core/metadata.ts";
import type { Output } from "../engine/controller.ts";
import type { ObservedWrite } from "./observed_writes.ts";

/** A controller, as far as its writes are judged. */
export interface DeclaredWriter {
  readonly name: string;
  readonly outputs: readonly Output[];
}

/** Judges writes: what it gives is what is wrong, in words. */
export type WriteJudge = (write: ObservedWrite) => string | undefined;

/**
 * Owners never change; a resource goes from running to tearing down to gone, and not while somebody holds it; versions
 * count by one; controllers create, change and end what they declared, and of an exclusive output only its controller;
 * the content of what a controller owns is changed by that controller alone. Finalizers are anybody's.
 */
export function writeJudge(writers: readonly DeclaredWriter[]): WriteJudge {
  const declared = new Map(writers.map((writer) => [writer.name, writer]));
  const exclusive = new Map(
    writers.flatMap(({ name, outputs }) =>
      outputs.filter(({ kind }) => kind === "exclusive").map(({ type }) => [type, name] as const)
    ),
  );
  return (write) => {
    const { actor, pointer: { type } } = write;
    const wrong = wrongLife(write);
    if (wrong !== undefined || actor === undefined) return wrong;
    const what = partOf(write);
    if (what === "finalizers") return undefined;
    if (!declared.get(actor)?.outputs.some((output) => output.type === type)) {
      return `${actor} wrote what is no output of it`;
    }
    const writer = exclusive.get(type);
    if (writer !== undefined && writer !== actor) {
      return `${actor} wrote an exclusive output of ${writer}`;
    }
    const owner = write.before?.metadata.owner ?? "";
    if (what !== "content" || owner === "" || owner === actor) return undefined;
    return `${actor} changed what ${owner} owns`;
  };
}

/** What a write changed. */
function partOf({ before, after }: ObservedWrite): "life" | "content" | "finalizers" {
  if (before === undefined || after === undefined) return "life";
  const { finalizers, version, phase } = before.metadata;
  const same = withMetadata(after, { finalizers, version, phase });
  if (!resourceEquals(before, same)) return "content";
  return phase === after.metadata.phase ? "finalizers" : "life";
}

function wrongLife({ before, after }: ObservedWrite): string | undefined {
  if (before === undefined) {
    return after?.metadata.version === 1n
      ? undefined
      : "it was created with another version than 1";
  }
  const was = before.metadata;
  if (after === undefined) {
    const held = was.finalizers.join(", ");
    return held === "" ? undefined : `it was destroyed while ${held} held it`;
  }
  const is = after.metadata;
  if (is.owner !== was.owner) return `its owner "${was.owner}" became "${is.owner}"`;
  if (was.phase === "tearingDown" && is.phase === "running") return "it was tearing down and runs";
  if (was.version === undefined || is.version !== was.version + 1n) {
    return `its version ${was.version} became ${is.version}`;
  }
  return undefined;
}
