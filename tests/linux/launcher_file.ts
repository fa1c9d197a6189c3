/** The launcher, where tests on Linux start processes by it. */
import { launcher } from "../../build/launcher.ts";

/** Puts the launcher into a file, which is there until this process ends. */
export function plantLauncher(): string {
  const directory = Deno.makeTempDirSync({ prefix: "strata-launch-" });
  const path = `${directory}/launch`;
  Deno.writeFileSync(path, launcher(), { mode: 0o755 });
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  return path;
}
