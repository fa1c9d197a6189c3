/** The commit before the one at hand, in a folder of its own. */
import { ROOT } from "./host_process.ts";

/** Disposing of it removes the folder. */
export interface PreviousCheckout extends AsyncDisposable {
  /** With a slash at its end. */
  readonly root: string;
  readonly commit: string;
}

/**
 * Takes it out of git: HEAD's first parent, or HEAD itself where the checkout is no longer as it was committed. Undefined of
 * the first commit, which has none.
 *
 * @throws {Error} There is no git, or no history: of a shallow clone nothing can be said.
 */
export async function previousCheckout(): Promise<PreviousCheckout | undefined> {
  const isChanged = await git("status", "--porcelain") !== "";
  const history = Number(
    await git("rev-list", "--count", "--first-parent", "--max-count=2", "HEAD"),
  );
  if (!isChanged && history < 2) {
    if (await git("rev-parse", "--is-shallow-repository") === "false") return undefined;
    throw new Error(
      "Cannot find the commit before HEAD: the clone is shallow, see git fetch --unshallow",
    );
  }
  const commit = await git("rev-parse", isChanged ? "HEAD" : "HEAD~1");
  const folder = await Deno.makeTempDir({ prefix: "strata-previous-" });
  try {
    const root = `${folder}/checkout/`;
    await Deno.mkdir(root);
    await git("archive", "--format=tar", `--output=${folder}/checkout.tar`, commit);
    await output("tar", ["-xf", `${folder}/checkout.tar`, "-C", root]);
    return {
      root,
      commit,
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

function git(...args: readonly string[]): Promise<string> {
  return output("git", ["-C", ROOT, ...args]);
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();
  if (code !== 0) {
    throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${text(stderr)}`);
  }
  return text(stdout);
}
