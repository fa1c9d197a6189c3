/** The tiers of tests: what belongs to each, what it may do, and what it needs. */

import type { HostPackage } from "./host_packages.ts";

/** Some of a tier's files, and the permissions they run with. */
export interface Part {
  readonly holds: (path: string) => boolean;
  readonly permissions: readonly string[];
}

export interface Tier {
  readonly name: string;
  readonly parts: readonly Part[];
  /** Debian packages without which it cannot run. */
  readonly packages: readonly HostPackage[];
  readonly needsRoot: boolean;
  /** Programs of Deno to run first, each with its arguments. */
  readonly prepare: readonly (readonly string[])[];
  /** Milliseconds it may take, its preparation included; a hung test ends as a failure. */
  readonly msMax: number;
}

const C_COMPILER: readonly HostPackage[] = ["gcc", "libc6-dev", "linux-libc-dev"];
const FILE_SYSTEMS: readonly HostPackage[] = [
  "e2fsprogs",
  "squashfs-tools",
  "util-linux",
  "xfsprogs",
];
const ALL = ["--allow-all"];

function under(folder: string): Part["holds"] {
  return (path) => path.startsWith(`${folder}/`);
}

export const TIERS: readonly Tier[] = [
  {
    name: "unit",
    parts: [
      // No permission is the proof that a file is pure.
      { holds: (path) => !path.startsWith("tests/"), permissions: [] },
      { holds: under("tests/conformance"), permissions: [] },
      { holds: under("tests/fakes"), permissions: [] },
      {
        holds: under("tests/wire"),
        permissions: ["--allow-net", "--allow-read", "--allow-write"],
      },
    ],
    packages: [],
    needsRoot: false,
    prepare: [],
    msMax: 600_000,
  },
  {
    // The engine in thousands of orders, the API under broken calls: about five minutes of one core.
    name: "sim",
    parts: [
      { holds: under("tests/sim"), permissions: [] },
      { holds: under("tests/fuzz"), permissions: [] },
    ],
    packages: [],
    needsRoot: false,
    prepare: [],
    msMax: 900_000,
  },
  {
    name: "linux",
    parts: [{ holds: under("tests/linux"), permissions: ALL }],
    packages: [...C_COMPILER, ...FILE_SYSTEMS, "attr", "gdisk"],
    needsRoot: true,
    prepare: [],
    msMax: 180_000,
  },
  {
    name: "host",
    parts: [{
      holds: under("tests/host"),
      permissions: ["--allow-run", "--allow-read", "--allow-write", "--allow-net", "--allow-env"],
    }],
    packages: ["curl", "fish", "zsh"],
    needsRoot: false,
    prepare: [],
    msMax: 300_000,
  },
  {
    // Judges made by others, in other languages.
    name: "judges",
    parts: [{ holds: under("tests/judges"), permissions: ALL }],
    packages: ["chromium", "cryptsetup-bin", "curl", "golang-go", "nghttp2-client", "openssl"],
    needsRoot: false,
    prepare: [],
    // Downloading and compiling them for the first time is most of it.
    msMax: 1_200_000,
  },
  {
    name: "vm",
    parts: [{ holds: under("tests/vm"), permissions: ALL }],
    packages: [
      ...C_COMPILER,
      ...FILE_SYSTEMS,
      "chromium",
      "curl",
      "gdisk",
      "golang-go",
      "kmod",
      "lz4",
      "qemu-system-x86",
      "xz-utils",
      "zstd",
    ],
    needsRoot: false,
    prepare: [
      ["build.ts", "image"],
      ["build.ts", "image", "--probe"],
      ["build.ts", "image", "--workload"],
    ],
    // A boot takes 5 to 15 s without KVM; preparing compiles the binary and unpacks the kernel.
    msMax: 2_700_000,
  },
];

/** The tests of `tier` among `paths`, part by part. */
export function partsOf(
  tier: Tier,
  paths: readonly string[],
): { readonly permissions: readonly string[]; readonly files: readonly string[] }[] {
  return tier.parts.flatMap(({ holds, permissions }) => {
    const files = paths.filter((path) => isTestFile(path) && holds(path));
    return files.length === 0 ? [] : [{ permissions, files }];
  });
}

/** Test files that no tier would run. */
export function homeless(paths: readonly string[]): string[] {
  return paths.filter((path) =>
    isTestFile(path) && !TIERS.some(({ parts }) => parts.some(({ holds }) => holds(path)))
  );
}

function isTestFile(path: string): boolean {
  return path.endsWith("_test.ts");
}

/**
 * The tiers named in `text`, a list separated by commas.
 *
 * @throws {RangeError} A name that is no tier's.
 */
export function tierNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const known = TIERS.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new RangeError(`Cannot find test tier "${name}": tiers are ${known.join(", ")}`);
  }
  return names;
}
