/** What this build is. */
import config from "../deno.json" with { type: "json" };
import type { VersionFacts } from "../api/machine_port.ts";

/** Release of the agent, such as `0.1.0`. */
export const VERSION: string = config.version;

/** What can be said of the build and the platform. */
export function versionFacts(
  known: Pick<VersionFacts, "platform" | "mode"> & Partial<VersionFacts>,
): VersionFacts {
  return {
    tag: `v${VERSION}`,
    sha: "",
    built: "",
    runtime: `deno ${Deno.version.deno}`,
    os: Deno.build.os,
    arch: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
    ...known,
  };
}
