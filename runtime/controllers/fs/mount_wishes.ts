/** MountSpecs as the kernel's part of the house wants them, and what they are to each other. */
import type { WantedMount } from "../../../fs/mount.ts";
import type { MountSpec } from "../../../proto/gen/strata/fs/v1/fs_pb.ts";
import type { Resource } from "../../core/resource.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { utf8Compare } from "../../core/text_order.ts";
import type { mountSpec } from "../../resources/fs.ts";

/**
 * Finalizer of who wants a wish to stay torn down when it has been undone, so that nobody makes it anew: alone of all
 * others it does not keep a mount from going.
 */
export const STAYS_UNDONE = "fs.StaysUndone";

/** The mount a spec wishes for. */
export function wantedOf(spec: MountSpec): WantedMount {
  const { source, target, fstype, readOnly, executable, parameters } = spec;
  return {
    source: source === "" ? fstype : source,
    target,
    fstype,
    access: readOnly ? "read-only" : "read-write",
    executable,
    parameters,
  };
}

/** The spec that wishes for a mount. */
export function wishFor(wanted: WantedMount): SpecInit<typeof mountSpec> {
  const { source, target, fstype, access, executable, parameters } = wanted;
  return {
    source,
    target,
    fstype,
    readOnly: access === "read-only",
    executable,
    parameters: [...parameters],
  };
}

/** Whether what is mounted must go before the wish can be met; otherwise it can be changed where it is. */
export function isAnother(mounted: MountSpec, wished: MountSpec): boolean {
  const [was, wanted] = [wantedOf(mounted), wantedOf(wished)];
  if (was.source !== wanted.source || was.target !== wanted.target) return true;
  return was.fstype !== wanted.fstype ||
    (was.fstype !== "tmpfs" && differInParameters(mounted, wished));
}

/** Whether the file systems' own parameters differ. */
export function differInParameters(mounted: MountSpec, wished: MountSpec): boolean {
  return mounted.parameters.join("\0") !== wished.parameters.join("\0");
}

/**
 * Of several wishes for one target that counts which is mounted; of those that are not, the running one of the least id.
 *
 * @param mounted Ids of wishes that are mounted.
 * @returns The id of the one that is in the way.
 */
export function rivalOf(
  wish: Resource<MountSpec>,
  all: readonly Resource<MountSpec>[],
  mounted: ReadonlySet<string>,
): string | undefined {
  const { id } = wish.metadata;
  if (mounted.has(id)) return undefined;
  const others = all.filter(({ metadata, spec }) =>
    spec.target === wish.spec.target && metadata.id !== id
  );
  const rival = others.find(({ metadata }) => mounted.has(metadata.id)) ??
    others.find(({ metadata }) => metadata.phase === "running" && utf8Compare(metadata.id, id) < 0);
  return rival?.metadata.id;
}

/** The wish whose mount this one's target lies in, the nearest. */
export function parentOf(
  wish: Resource<MountSpec>,
  all: readonly Resource<MountSpec>[],
): Resource<MountSpec> | undefined {
  let nearest: Resource<MountSpec> | undefined;
  for (const each of all) {
    const isAbove = wish.spec.target.startsWith(`${each.spec.target}/`);
    if (!isAbove || each.metadata.id === wish.metadata.id) continue;
    if (nearest === undefined || each.spec.target.length > nearest.spec.target.length) {
      nearest = each;
    }
  }
  return nearest;
}
