import { basename, dirname, join } from "@std/path/posix";
import { reuse } from "./binary.ts";
import { containerImage } from "./container_image.ts";
import { type DebianPackage, findPackages, packageNow, unpackPackage } from "./debian_package.ts";
import { digestFile } from "./digest.ts";
import { librariesOf } from "./libraries.ts";
import { compileC } from "./probe_files.ts";
import type { Workshop } from "./workshop.ts";

/**
 * Packages that real workloads come in. They are unpacked, never installed: Debian's containerd would drive out the one
 * that Docker brings.
 */
const PACKAGES = ["containerd", "etcd-client", "etcd-server", "libseccomp2", "runc"];

/** What the image takes of them. */
const PROGRAMS = [
  "usr/bin/containerd",
  "usr/bin/containerd-shim-runc-v2",
  "usr/bin/ctr",
  "usr/bin/etcd",
  "usr/bin/etcdctl",
  "usr/sbin/runc",
];

/** Where shared libraries of a package are. */
const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/** The source of the program that containers run. */
const CONTAINER_SOURCE = "tests/vm/workload/container.c";

/** Where the image has the container image, and what that is called. */
const CONTAINER = { path: "usr/lib/workload/container.tar", reference: "strata.test/container:1" };

/** Files of the checkout that go along. */
const OWN_FILES = "tests/vm/workload/rootfs";

/**
 * Folders of files that go on top of the test image: Debian's etcd and containerd with the libraries they load, an
 * image of a container, and what sets them up.
 */
export async function workloadFolders(workshop: Workshop): Promise<readonly string[]> {
  const debian = await workshop.progress.step("workloads", async (note) => {
    const { signal } = workshop;
    const packages = await findPackages(workshop, {
      step: "workload-candidates",
      words: PACKAGES,
      ask: () => askAll(signal),
      lacking: `Cannot get workloads of the package archive (${PACKAGES.join(", ")})`,
      instead: "build the test image without --workload",
    });
    const source = join(workshop.root, CONTAINER_SOURCE);
    const facts = packages.flatMap(({ name, version, sha256 }) => [name, version, sha256]);
    const entry = await workshop.cache.entry({
      step: "workloads",
      inputs: [workshop.recipe, await digestFile(source), ...facts],
      make: (directory) => assemble({ directory, packages, source, signal }),
    });
    const versions = packages.filter(({ name }) => !name.startsWith("lib"));
    note(reuse(entry, versions.map(({ name, version }) => `${name} ${version}`).join(", ")));
    return join(entry.path, "root");
  });
  return [debian, join(workshop.root, OWN_FILES)];
}

async function askAll(signal: AbortSignal): Promise<readonly DebianPackage[] | undefined> {
  const found: DebianPackage[] = [];
  for (const name of PACKAGES) {
    const known = await packageNow(name, signal);
    if (known === undefined) return undefined;
    found.push(known);
  }
  return found;
}

interface Assembly {
  readonly directory: string;
  readonly packages: readonly DebianPackage[];
  readonly source: string;
  readonly signal: AbortSignal;
}

async function assemble({ directory, packages, source, signal }: Assembly): Promise<void> {
  const root = join(directory, "root");
  for (const each of packages) await unpackPackage(each, { directory, signal });
  const tree = join(directory, "tree");
  const programs = PROGRAMS.map((name) => join(tree, name));
  for (const [index, name] of PROGRAMS.entries()) {
    await copy(programs[index] ?? "", join(root, name));
  }
  // Those that come with the packages rather than this host's, which may have none.
  const libraries = await librariesOf(programs, { signal, first: join(tree, LIBRARIES) });
  for (const path of libraries.filter((path) => path.startsWith(tree))) {
    await copy(path, join(root, LIBRARIES, basename(path)));
  }
  await Deno.remove(tree, { recursive: true });
  const program = join(directory, "container");
  await compileC(source, { to: program, signal });
  const content = await Deno.readFile(program);
  await Deno.remove(program);
  const target = join(root, CONTAINER.path);
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.writeFile(target, containerImage({ name: "container", content }, CONTAINER.reference));
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  await Deno.chmod(to, 0o755);
}
