/** What Version, Read, List and Mounts answer Go's own stubs: contracts/talos.md §5.1, and the image as this host sees it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import {
  ListRequest_Type as FileType,
  MachineService,
} from "../../proto/gen/machine/machine_pb.ts";
import { fileTree, treeEntry } from "./file_tree.ts";
import { bytesOf, type NetworkBench, textOf } from "./network_bench.ts";

const { list, mounts, read, version } = MachineService.method;

/** The agent's own file lies over it, which the image has not. */
const AGENT = "bin/strata";

export async function assertVersion({ stubs, callers }: NetworkBench): Promise<void> {
  const { messages: [answer] } = await stubs(callers.admin, version);
  assertEquals(answer?.messages.length, 1);
  const [{ metadata, version: build, platform, features } = {}] = answer?.messages ?? [];
  assertEquals(metadata, undefined);
  assertEquals([build?.tag, build?.os], [`v${config.version}`, "linux"]);
  assertMatch(build?.goVersion ?? "", /^deno \d+\.\d+\.\d+$/);
  assertMatch(build?.arch ?? "", /^(amd64|arm64)$/);
  assertEquals([platform?.name, platform?.mode], ["metal", "metal"]);
  assertEquals(features?.rbac, true);
}

export async function assertRead(bench: NetworkBench): Promise<void> {
  const { stubs, callers, root } = bench;
  const program = "/usr/sbin/mkfs.xfs";
  assertEquals(await bytesOf(bench, program), await Deno.readFile(`${root}${program}`));
  // The slash at the front may be left out.
  assertEquals(await textOf(bench, "proc/1/comm"), "strata\n");
  // Of one the kernel makes as it is read, and tells no size of; by a link, relative and over another mount.
  assertEquals(await textOf(bench, "/proc/1/comm"), "strata\n");
  assertStringIncludes(await textOf(bench, "/etc/mtab"), " /etc/hosts ");
  for (
    const [path, code, words] of [
      ["/usr/none", "NotFound", "there is no such file"],
      ["/usr/sbin", "Unknown", "must be a regular file"],
      ["/dev/null", "Unknown", "must be a regular file"],
      ["usr/none", "NotFound", "there is no such file"],
      ["/usr\0", "InvalidArgument", "may be one without NUL"],
    ] as const
  ) {
    const refused = await stubs(callers.admin, read, { path });
    assertEquals([refused.code, refused.messages.length], [code, 0], refused.said);
    assertStringIncludes(refused.said, words);
  }
}

export async function assertList({ stubs, callers, root }: NetworkBench): Promise<void> {
  const listed = async (request: MessageInitShape<typeof list.input>) => {
    const { code, said, messages } = await stubs(callers.admin, list, request);
    assertEquals([code, said], ["OK", ""]);
    for (const { metadata, error, name } of messages) {
      assertEquals([metadata, error], [undefined, ""], name);
    }
    return messages.map(treeEntry).filter(({ relativeName }) => relativeName !== AGENT);
  };
  const tree = async (levels?: number) =>
    (await fileTree(`${root}/usr`, levels)).filter(({ relativeName }) => relativeName !== AGENT);
  const all = await tree();
  assert(all.length > 40, `${all.length} files`);
  assertEquals(await listed({ root: "/usr", recurse: true }), all);
  assertEquals(await listed({ root: "/usr", recurse: true, recursionDepth: 2 }), await tree(2));
  assertEquals(await listed({ root: "/usr" }), await tree(1));
  assertEquals(
    await listed({ root: "/usr", recurse: true, types: [FileType.REGULAR] }),
    all.filter(({ isDir, link }) => !isDir && link === ""),
  );
  // A link is resolved where it is the root itself, and told below it.
  assertEquals(await listed({ root: "/sbin" }), await fileTree(`${root}/usr/sbin`));
  const [link] = await fileTree(`${root}/bin`);
  const links = await listed({ root: "/", types: [FileType.SYMLINK] });
  assertEquals(links.find(({ relativeName }) => relativeName === "bin"), link);
  const file = "/usr/sbin/mkfs.xfs";
  assertEquals(await listed({ root: file }), await fileTree(`${root}${file}`));
  const refused = await stubs(callers.admin, list, { root: "/usr/none" });
  assertEquals([refused.code, refused.messages.length], ["NotFound", 0], refused.said);
}

export async function assertMounts(bench: NetworkBench): Promise<void> {
  const { stubs, callers } = bench;
  const { messages: [answer] } = await stubs(callers.admin, mounts);
  assertEquals(answer?.messages.length, 1);
  const [{ metadata, stats } = { stats: [] }] = answer?.messages ?? [];
  assertEquals(metadata, undefined);
  const lines = (await textOf(bench, "/proc/1/mounts")).trimEnd().split("\n");
  assertEquals(
    stats.map(({ filesystem, mountedOn }) => `${filesystem} ${mountedOn}`),
    lines.map((line) => line.split(" ", 2).join(" ")),
  );
  const at = (target: string) => stats.find(({ mountedOn }) => mountedOn === target);
  const { size = 0n, available = 0n } = at("/var") ?? {};
  assert(0n < available && available < size, `/var: ${available} of ${size}`);
  assertEquals([at("/")?.available, at("/proc")?.size], [0n, 0n]);
}
