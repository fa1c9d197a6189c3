import { dirname, join } from "@std/path/posix";

/** One name of the root file system that is ours, not the host's. */
export type TreeEntry =
  | { readonly path: string; readonly mode: number; readonly kind: "directory" }
  | { readonly path: string; readonly mode: number; readonly kind: "file"; readonly text: string }
  | { readonly path: string; readonly kind: "symlink"; readonly target: string };

/** What the image calls itself. */
export interface Release {
  readonly version: string;
  /** The commit, with `-dirty` where the checkout differs from it; empty when not known. */
  readonly buildId: string;
}

const directory = (path: string, mode = 0o755): TreeEntry => ({ path, mode, kind: "directory" });
const file = (path: string, text: string): TreeEntry => ({ path, mode: 0o644, kind: "file", text });
const symlink = (path: string, target: string): TreeEntry => ({ path, kind: "symlink", target });

/**
 * What the root file system holds besides programs and libraries: mount points, the files
 * that resources are later bound over, and the few texts glibc asks for. There is no shell.
 */
export function rootfsTree(release: Release): readonly TreeEntry[] {
  return [
    ...["usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc"].map((path) => directory(path)),
    symlink("bin", "usr/bin"),
    symlink("sbin", "usr/sbin"),
    symlink("lib", "usr/lib"),
    symlink("lib64", "usr/lib64"),

    // Mount points. Their modes show only while nothing is mounted.
    ...["dev", "proc", "sys", "run", "system", "var", "opt", "etc/kubernetes", "etc/cni"]
      .map((path) => directory(path)),
    directory("tmp", 0o1777),
    directory("root", 0o700),

    // The agent is bound over this one, from the first root file system.
    { path: "usr/bin/strata", mode: 0o755, kind: "file", text: "" },

    // Resources are bound over these.
    file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    file("etc/hostname", "strata\n"),
    file("etc/resolv.conf", ""),
    file("etc/machine-id", ""),

    file("etc/os-release", osRelease(release)),
    file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    file(
      "etc/passwd",
      "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    ),
    file("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    symlink("etc/mtab", "../proc/self/mounts"),
  ];
}

/** @see https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
function osRelease({ version, buildId }: Release): string {
  return [
    "NAME=Strata",
    "ID=strata",
    `VERSION_ID=${version}`,
    `VERSION=${version}`,
    ...(buildId === "" ? [] : [`BUILD_ID=${buildId}`]),
    `PRETTY_NAME="Strata ${version}"`,
  ].join("\n") + "\n";
}

/** Makes `tree` below `root`. Modes are set whatever the umask is. */
export async function plantTree(root: string, tree: readonly TreeEntry[]): Promise<void> {
  for (const entry of tree) {
    const path = join(root, entry.path);
    await Deno.mkdir(dirname(path), { recursive: true });
    if (entry.kind === "symlink") {
      await Deno.symlink(entry.target, path);
      continue;
    }
    if (entry.kind === "directory") await Deno.mkdir(path, { recursive: true });
    else await Deno.writeTextFile(path, entry.text);
    await Deno.chmod(path, entry.mode);
  }
}
