/** `strata ls`: a directory of the machine. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { escapeText } from "../escape.ts";
import { fileModeText } from "../file_mode_text.ts";
import { machinePath } from "./machine_path.ts";
import { type OutputFormat, outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import { timeText } from "../time_text.ts";
import {
  type FileInfo,
  FileInfoSchema,
  MachineService,
} from "../../../proto/gen/machine/machine_pb.ts";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

/** Levels that can be asked for: what the wire's field holds. */
const DEPTH_MAX = 2_147_483_647;

/** Entries shown as one value, which is held in memory. */
const ENTRIES_MAX = 1_000_000;

/** Bytes of their extended attributes, held likewise; one entry may have 1 MiB. */
const ATTRIBUTES_BYTES_MAX = 64 * 1024 * 1024;

/** Prints the entries as they come. Fails at the end when some could not be looked at, naming the first of them. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const root = machinePath(input.arguments["PATH"] ?? "");
  const depth = depthOption(input);
  const format = outputFormat(input, "name");
  const request = {
    root,
    recurse: depth !== undefined || input.options["recurse"] === true,
    recursionDepth: depth ?? 0,
    // Only data shows them.
    reportXattrs: format.name !== "name",
  };
  const print = format.name !== "name"
    ? dataPrinter(session, format)
    : input.options["long"] === true
    ? longPrinter(session)
    : shortPrinter(session);
  const unread: FileInfo[] = [];
  let count = 0;
  await session.withMachine(async (transport) => {
    const call = { signal: session.world.signal };
    for await (const entry of createClient(MachineService, transport).list(request, call)) {
      if (entry.error !== "") {
        count++;
        if (unread.length === 0) unread.push(entry);
      }
      // The directory asked for is not one of its entries; a file asked for has its own name here.
      if (entry.relativeName !== "." || entry.error !== "") await print.entry(entry);
    }
  });
  await print.end();
  const [first] = unread;
  if (first !== undefined) {
    const more = count === 1 ? "" : ` (and ${count - 1} more)`;
    throw new CommandError(EXIT.failed, `cannot list "${first.name}": ${first.error}${more}`);
  }
}

function depthOption(input: CommandInput): number | undefined {
  const text = optionText(input, "depth");
  if (text === undefined) return undefined;
  const depth = Number(text);
  if (/^\d+$/.test(text) && depth >= 1 && depth <= DEPTH_MAX) return depth;
  throw new CommandError(
    EXIT.usage,
    `cannot use depth "${text}": it must be a whole number from 1 to ${DEPTH_MAX}`,
  );
}

interface EntryPrinter {
  entry(entry: FileInfo): Promise<void>;
  end(): Promise<void>;
}

function shortPrinter({ out }: Session): EntryPrinter {
  return {
    entry: (entry) => out.text(`${escapeText(entry.relativeName)}\n`),
    end: () => Promise.resolve(),
  };
}

/** All at once: one value, and its template is about all of it. */
function dataPrinter({ out }: Session, format: OutputFormat): EntryPrinter {
  const entries: JsonValue[] = [];
  let attributeBytes = 0;
  return {
    entry(entry) {
      for (const { name, data } of entry.xattrs) attributeBytes += name.length + data.length;
      if (attributeBytes > ATTRIBUTES_BYTES_MAX) {
        const most = `${ATTRIBUTES_BYTES_MAX / 1024 / 1024} MiB of extended attributes`;
        throw new CommandError(EXIT.failed, `cannot show more than ${most} as data`);
      }
      if (entries.length === ENTRIES_MAX) {
        throw new CommandError(EXIT.failed, `cannot show more than ${ENTRIES_MAX} entries as data`);
      }
      entries.push(toJson(FileInfoSchema, entry, { alwaysEmitImplicit: true }));
      return Promise.resolve();
    },
    async end() {
      await printData(out, { format, value: () => entries });
    },
  };
}

function longPrinter({ out }: Session): EntryPrinter {
  const table = new Table(out, { columns: ["MODE", "UID", "GID", "SIZE", "MODIFIED", "NAME"] });
  return {
    entry: (entry) =>
      table.row([
        fileModeText(entry.mode),
        String(entry.uid),
        String(entry.gid),
        String(entry.size),
        timeText({ seconds: entry.modified, nanos: 0 }, "seconds"),
        entry.link === "" ? entry.relativeName : `${entry.relativeName} -> ${entry.link}`,
      ]),
    end: () => table.flush(),
  };
}
