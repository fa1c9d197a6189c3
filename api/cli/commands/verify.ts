/** `strata verify`: whether an image, or what a machine runs, is what was signed. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import type { ImageReport } from "../image_checks.ts";
import type { Session } from "../session.ts";

/**
 * Checks an image of this host, or the running machine.
 *
 * Prints what it is and, one a line, what is wrong with it. Ends with 0 when all is as it was signed, 1 when something is
 * not, 3 when there is nothing at the path, 4 when it is whole but signed by another key than `--key` names.
 */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const path = input.arguments["IMAGE"];
  const isRunning = input.options["running"] === true;
  if ((path === undefined) !== isRunning) {
    throw new CommandError(EXIT.usage, "cannot verify: give either an IMAGE or --running");
  }
  const { signal } = session.world;
  const images = await session.world.images();
  const keyFile = optionText(input, "key");
  const publicKey = keyFile === undefined ? undefined : await images.publicKey(keyFile);
  if (path === undefined) {
    const { verifyRunning } = await import("./verify_running.ts");
    return await verifyRunning(session, publicKey);
  }
  const key = publicKey === undefined ? {} : { publicKey };
  const report = await images.file(path, { ...key, signal });
  await tellImage(session, report, publicKey);
  const subject = `"${path}"`;
  await tellFaults(session, report.faults);
  await refuseForeign(session, { report, publicKey, path });
  if (report.faults.length > 0) throw notAsSigned(subject, report.faults);
  await session.out.text(`${escapeText(path)} is as it was signed, every byte of it\n`);
}

/** What the manifest says, and by whom. */
export async function tellImage(
  session: Session,
  { manifest }: ImageReport,
  publicKey: string | undefined,
): Promise<void> {
  if (manifest === undefined) return;
  const { version, commit, kernelRelease, signer, rootHash } = manifest;
  const lines = [
    `image      strata ${version}${commit === "" ? "" : `, commit ${commit}`}`,
    `kernel     ${kernelRelease}`,
    `root hash  ${rootHash}`,
    `signed by  ${signer.name} ${signer.publicKey}`,
  ];
  if (publicKey === undefined) {
    lines.push("           the image itself names this key: to know who signed, give --key FILE");
  }
  if (signer.name === "development key") {
    lines.push(
      "           a development key is one that a build made for itself: never release it",
    );
  }
  await session.out.text(lines.map((line) => `${escapeText(line)}\n`).join(""));
}

/** One a line. */
export async function tellFaults(session: Session, faults: readonly string[]): Promise<void> {
  for (const fault of faults) await session.out.text(`wrong      ${escapeText(fault)}\n`);
}

/** The last word on what is not as it was signed. */
export function notAsSigned(subject: string, faults: readonly string[]): CommandError {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return new CommandError(EXIT.failed, `${subject} is not as it was signed: ${count}`);
}

/** An image that is whole by its own key, but not by the one asked for, is refused; nothing is damaged. */
async function refuseForeign(
  { world }: Session,
  of: {
    readonly report: ImageReport;
    readonly publicKey: string | undefined;
    readonly path: string;
  },
): Promise<void> {
  const { report: { manifest, faults }, publicKey, path } = of;
  const isForeign = publicKey !== undefined && manifest !== undefined && faults.length === 1 &&
    manifest.signer.publicKey !== publicKey;
  if (!isForeign) return;
  const own = await (await world.images()).file(path, { signal: world.signal });
  if (own.faults.length > 0) return;
  throw new CommandError(
    EXIT.refused,
    `"${path}" is whole, but signed by ${manifest.signer.publicKey}, not by ${publicKey}`,
  );
}
