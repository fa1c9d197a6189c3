/**
 * `strata verify --running`: whether the machine runs what was signed. Over the API as it is: the image's resource, the
 * mounts, the files.
 */
import { CommandError, EXIT } from "../../client/command_error.ts";
import type { ManifestFacts } from "../image_checks.ts";
import type { Session } from "../session.ts";
import { readRoot, type RootRead } from "./root_reading.ts";
import { notAsSigned, tellFaults, tellImage } from "./verify.ts";
import {
  type ImageStatusSpec,
  ImageStatusSpecSchema,
} from "../../../proto/gen/strata/fs/v1/image_pb.ts";
import { State } from "../../../proto/gen/cosi/resource/state_pb.ts";
import { MachineService } from "../../../proto/gen/machine/machine_pb.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";

/** The one resource of the root's image. */
const IMAGE = { namespace: "fs", type: "ImageStatuses.fs.strata", id: "root" };

/** Where the running kernel says what it is. */
const RELEASE_FILE = "/proc/sys/kernel/osrelease";

/** Bytes of it: what the kernel allows. */
const RELEASE_BYTES_MAX = 65;

/** What no question over the API can show. */
const UNSEEN: readonly string[] = [
  "whether the machine tells the truth: every answer is its own",
  "the kernel and initramfs it was started from: verify the image file for those",
  "what the kernel and the agent hold in memory, what was read before and is cached there included",
  "files of / that other mounts lie over",
];

/** Checks the machine. @param publicKey The key that must have signed; the machine's own when not given. */
export async function verifyRunning(
  session: Session,
  publicKey: string | undefined,
): Promise<void> {
  const images = await session.world.images();
  await session.withMachine(async (transport) => {
    const status = await imageStatus(session, transport);
    const key = publicKey === undefined ? {} : { publicKey };
    const { signature } = status;
    const report = await images.runningManifest(status.manifest, { ...key, signature });
    await tellImage(session, report, publicKey);
    const { manifest } = report;
    const faults = [...report.faults];
    if (manifest !== undefined) {
      faults.push(...deviceFaults(status, manifest));
      faults.push(...await releaseFaults(session, transport, manifest));
    }
    const read = await readRoot(session, transport, {
      device: status.device,
      agent: manifest?.files["strata"] ?? "",
    });
    faults.push(...read.faults);
    await tellRead(session, read);
    await tellFaults(session, faults);
    if (faults.length > 0) throw notAsSigned("the running machine", faults);
    await session.out.text("The machine runs what was signed\n");
  });
}

async function imageStatus(session: Session, transport: Transport): Promise<ImageStatusSpec> {
  const { signal } = session.world;
  const answer = await createClient(State, transport).get(IMAGE, { signal });
  const bytes = answer.resource?.spec?.protoSpec;
  if (bytes !== undefined && bytes.length > 0) return fromBinary(ImageStatusSpecSchema, bytes);
  throw new CommandError(EXIT.failed, "cannot verify: the machine says nothing of its image");
}

function deviceFaults(status: ImageStatusSpec, manifest: ManifestFacts): string[] {
  const faults: string[] = [];
  if (status.error !== "") faults.push(`device of /: cannot be asked: ${status.error}`);
  else if (status.rootHash !== manifest.rootHash) {
    const is = status.rootHash === "" ? "none" : status.rootHash;
    faults.push(
      `device of /: the active root hash is ${is}, the manifest says ${manifest.rootHash}`,
    );
  }
  if (status.error === "" && !status.readOnly) faults.push("device of /: it can be written to");
  if (status.corrupt) faults.push("device of /: a block that was read did not fit its digest");
  return faults;
}

async function releaseFaults(
  { world }: Session,
  transport: Transport,
  { kernelRelease }: ManifestFacts,
): Promise<string[]> {
  const decoder = new TextDecoder();
  let release = "";
  const request = { path: RELEASE_FILE };
  const call = { signal: world.signal };
  for await (const { bytes } of createClient(MachineService, transport).read(request, call)) {
    release += decoder.decode(bytes, { stream: true });
    if (release.length > RELEASE_BYTES_MAX) break;
  }
  release = release.trim();
  if (release === kernelRelease) return [];
  return [`kernel: ${JSON.stringify(release)} runs, the manifest says ${kernelRelease}`];
}

async function tellRead({ out }: Session, { files, bytes, agent }: RootRead): Promise<void> {
  const checked = agent ? ", and the agent by its SHA-256" : "";
  await out.text(`read       ${files} files of /, ${bytes} bytes${checked}\nunseen     `);
  await out.text(`${UNSEEN.join("\n           ")}\n`);
}
