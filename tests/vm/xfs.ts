/** Looks at the machine's data disk from the host. */

/** Whether the XFS on the first partition of a disk image needs no log replay and no repair. */
export async function xfsIsClean(disk: string): Promise<boolean> {
  const copy = `${disk}.partition`;
  try {
    await run("dd", [`if=${disk}`, `of=${copy}`, "bs=1M", "skip=1", "conv=sparse", "status=none"]);
    // -n changes nothing; it refuses a log that would have to be replayed, and fails on damage.
    const { code, text } = await output("xfs_repair", ["-n", "-f", copy]);
    return code === 0 && !/dirty log|ALERT|would/.test(text);
  } finally {
    await Deno.remove(copy).catch(() => {});
  }
}

/** Makes a file system other than ours over the whole of `disk`. */
export async function makeForeign(disk: string): Promise<void> {
  await run("mkfs.xfs", ["-q", "-f", "-L", "FOREIGN", disk]);
}

/** SHA-256 of a disk image, without its holes being read into memory at once. */
export async function diskDigest(disk: string): Promise<string> {
  return (await output("sha256sum", [disk])).text.split(" ")[0] ?? "";
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, text } = await output(program, args);
  if (code !== 0) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${text}`);
}

async function output(
  program: string,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const path = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { PATH: path },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, text };
}
