import { BuildError } from "./build_error.ts";

/** The only Deno this builds with: the one place that pins it (design.md §2 has the reasons). */
export const DENO_VERSION = "2.7.14";

/** @throws {BuildError} `version` is another Deno, or `target` another machine. */
export function checkDeno(version: string, target: string): void {
  if (version !== DENO_VERSION) {
    throw new BuildError(
      `Cannot build with Deno ${version}: Deno ${DENO_VERSION} is needed, for instance: ` +
        `npx -y deno@${DENO_VERSION} task up`,
    );
  }
  if (target !== "x86_64-unknown-linux-gnu") {
    throw new BuildError(`Cannot build on ${target}: x86_64-unknown-linux-gnu is needed`);
  }
}
