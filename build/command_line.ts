import { parseArgs } from "node:util";
import { ACCELERATOR_CHOICES, type AcceleratorChoice } from "./accelerator.ts";
import { BuildError, oneLine } from "./build_error.ts";
import type { ImageOptions } from "./image.ts";
import type { UpOptions } from "./machine_up.ts";

/** What build.ts is asked to do. */
export type BuildCommand =
  | { readonly name: "build" }
  | { readonly name: "clean" }
  | { readonly name: "help" }
  | { readonly name: "image"; readonly image: ImageOptions }
  | {
    readonly name: "up";
    readonly image: ImageOptions;
    /** An image that is there already: a file, or the directory of its files. Nothing is built then. */
    readonly given?: string;
    readonly machine: UpOptions;
    readonly mode: "attached" | "detached";
  }
  | { readonly name: "down"; readonly directory: string };

export const BUILD_HELP = `Builds Strata, packs its image, boots it.

  deno task build                    the binary, dist/strata
  deno task image                    kernel, initramfs, squashfs, hash tree and signed manifest,
                                     dist/image; all of it in one file, dist/strata-VERSION.img
  deno task up                       build, boot in QEMU, stay until Ctrl-C
  deno task up --detach              build, boot, return when ready
  deno task down                     end the machine in order
  deno run -A build.ts clean         remove dist and the cache

Options of image and up:
  --kernel FILE     boot this bzImage instead of Debian's
  --modules DIR     its modules (default: /lib/modules/RELEASE)
  --probe           the test image, dist/probe-image
  --workload        the test image with Debian's etcd and containerd in it, dist/workload-image

STRATA_SIGNING_KEY signs images: an Ed25519 key in PKCS #8 PEM, its path or its text. Without it
a development key does, which is made once.

Options of up:
  --image PATH      boot this image, once it was verified; build nothing
  --detach          leave the machine running
  --http-port N     the port of 127.0.0.1 that is the machine's API (default: 50080)
  --tls-port N      the same for callers with certificates, which are made in DIR/tls
                    (default: 50000, and none where --http-port is given)
  --dir DIR         the machine's folder: token, certificates, console, data disk
                    (default: .strata; down too)
  --fresh           begin with an empty data disk
  --accel WAY       auto, kvm or tcg (default: auto: KVM where a kernel boots on it)
`;

const IMAGE_OPTIONS = {
  kernel: { type: "string" },
  modules: { type: "string" },
  probe: { type: "boolean" },
  workload: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const UP_OPTIONS = {
  ...IMAGE_OPTIONS,
  image: { type: "string" },
  detach: { type: "boolean" },
  "http-port": { type: "string" },
  "tls-port": { type: "string" },
  dir: { type: "string" },
  fresh: { type: "boolean" },
  accel: { type: "string" },
} as const;

const DOWN_OPTIONS = { dir: { type: "string" }, help: UP_OPTIONS.help } as const;

const NO_OPTIONS = { help: UP_OPTIONS.help } as const;

const DIRECTORY_DEFAULT = ".strata";
const HTTP_PORT_DEFAULT = "50080";
const TLS_PORT_DEFAULT = "50000";

/** @throws {BuildError} With exit code 2: an unknown command, option or value. */
export function parseBuildCommand(argv: readonly string[]): BuildCommand {
  const [name, ...rest] = argv;
  try {
    return parseKnown(name, rest);
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new BuildError(`Cannot ${name}: ${oneLine(error)}; see build.ts help`, 2);
  }
}

function parseKnown(name: string | undefined, args: string[]): BuildCommand {
  switch (name) {
    case "build":
    case "clean": {
      const { values } = parseArgs({ args, options: NO_OPTIONS });
      return values.help ? { name: "help" } : { name };
    }
    case "image": {
      const { values } = parseArgs({ args, options: IMAGE_OPTIONS });
      return values.help ? { name: "help" } : { name, image: imageOptions(values) };
    }
    case "up": {
      const { values } = parseArgs({ args, options: UP_OPTIONS });
      if (values.help) return { name: "help" };
      const machine: UpOptions = {
        directory: values.dir ?? DIRECTORY_DEFAULT,
        httpPort: port("http-port", values["http-port"] ?? HTTP_PORT_DEFAULT),
        ...tlsPort(values),
        disk: values.fresh ? "fresh" : "keep",
        accelerator: accelerator(values.accel ?? "auto"),
      };
      const mode = values.detach ? "detached" : "attached";
      const image = imageOptions(values);
      if (values.image === undefined) return { name, image, machine, mode };
      if (values.probe || values.workload || values.kernel !== undefined) {
        const options = "--kernel, --probe or --workload";
        throw new BuildError(`Cannot use --image with ${options}: nothing is built`, 2);
      }
      return { name, image, given: values.image, machine, mode };
    }
    case "down": {
      const { values } = parseArgs({ args, options: DOWN_OPTIONS });
      if (values.help) return { name: "help" };
      return { name, directory: values.dir ?? DIRECTORY_DEFAULT };
    }
    case "help":
    case "--help":
    case "-h":
      return { name: "help" };
    default: {
      const what = name === undefined ? "no command" : `unknown command "${name}"`;
      throw new BuildError(
        `Cannot build: ${what}; may be build, image, up, down, clean or help`,
        2,
      );
    }
  }
}

function imageOptions(
  values: {
    readonly kernel?: string;
    readonly modules?: string;
    readonly probe?: boolean;
    readonly workload?: boolean;
  },
): ImageOptions {
  if (values.modules !== undefined && values.kernel === undefined) {
    throw new BuildError("Cannot use --modules: it goes with --kernel", 2);
  }
  return {
    flavour: values.workload ? "workload" : values.probe ? "probe" : "shipped",
    ...(values.kernel === undefined ? {} : { kernel: values.kernel }),
    ...(values.modules === undefined ? {} : { modules: values.modules }),
  };
}

/** A machine beside another takes the ports it is told, and no others. */
function tlsPort(
  values: { readonly "tls-port"?: string; readonly "http-port"?: string },
): { readonly tlsPort?: number } {
  const usual = values["http-port"] === undefined ? TLS_PORT_DEFAULT : undefined;
  const text = values["tls-port"] ?? usual;
  return text === undefined ? {} : { tlsPort: port("tls-port", text) };
}

function port(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65_535) {
    throw new BuildError(`Cannot use --${name} ${text}: must be 1 to 65535`, 2);
  }
  return value;
}

function accelerator(text: string): AcceleratorChoice {
  const choice = ACCELERATOR_CHOICES.find((known) => known === text);
  if (choice === undefined) {
    throw new BuildError(
      `Cannot use --accel ${text}: may be ${ACCELERATOR_CHOICES.join(", ")}`,
      2,
    );
  }
  return choice;
}
