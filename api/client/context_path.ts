/** Where the file of contexts is. */
import type { Surroundings } from "./discovery.ts";
// @ts-types="types/std_path_posix.d.ts"
import { isAbsolute, join, resolve } from "@std/path/posix";

/** Bytes of a file of contexts: one takes some four thousand with its certificates. */
export const CONTEXT_FILE_BYTES_MAX = 1024 * 1024;

/**
 * The first of `$STRATA_CONFIG`, `$XDG_CONFIG_HOME/strata/config.yaml` and `~/.config/strata/config.yaml`; undefined
 * for somebody without a home. A relative `XDG_CONFIG_HOME` does not count: so says its specification.
 */
export function contextPath({ env, cwd }: Pick<Surroundings, "env" | "cwd">): string | undefined {
  const named = env("STRATA_CONFIG") || undefined;
  if (named !== undefined) return resolve(cwd, named);
  const [config, home] = [env("XDG_CONFIG_HOME") ?? "", env("HOME") ?? ""];
  if (isAbsolute(config)) return join(config, "strata", "config.yaml");
  return isAbsolute(home) ? join(home, ".config", "strata", "config.yaml") : undefined;
}
