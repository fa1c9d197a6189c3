/** `strata memory`: where the machine's memory went. */
import { byteSizeText } from "../byte_size.ts";
import type { CommandInput } from "../command_spec.ts";
import { outputFormat, printData } from "../output_format.ts";
import type { Session } from "../session.ts";
import { Table } from "../table.ts";
import {
  MachineService,
  type MemInfo,
  MemInfoSchema,
} from "../../../proto/gen/machine/machine_pb.ts";
import { create, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

/** Fields that are numbers of pages and no sizes. */
const COUNTS: readonly string[] = [
  "hugepagestotal",
  "hugepagesfree",
  "hugepagesrsvd",
  "hugepagessurp",
];

/** Prints the sums people look at, or every figure of the kernel. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const format = outputFormat(input);
  const { out, world } = session;
  const answer = await session.withMachine((transport) =>
    createClient(MachineService, transport).memory({}, { signal: world.signal })
  );
  const info = answer.messages[0]?.meminfo ?? create(MemInfoSchema);
  const value = () => toJson(MemInfoSchema, info, { alwaysEmitImplicit: true });
  if (await printData(out, { format, value })) return;
  const headers = input.options["no-headers"] === true ? "hidden" : "shown";
  const isLong = input.options["long"] === true;
  const table = new Table(out, { columns: isLong ? ["NAME", "VALUE"] : SUMS, headers });
  for (const row of isLong ? figures(info) : [sums(info)]) await table.row(row);
  await table.flush();
}

const SUMS = ["TOTAL", "USED", "FREE", "SHARED", "BUFFERS", "CACHE", "AVAILABLE"];

function sums(info: MemInfo): readonly string[] {
  const { memtotal, memfree, cached, buffers, shmem, memavailable } = info;
  const used = memtotal - memfree - cached - buffers;
  return [memtotal, used > 0n ? used : 0n, memfree, shmem, buffers, cached, memavailable].map(
    sizeText,
  );
}

function figures(info: MemInfo): readonly (readonly string[])[] {
  const values: Readonly<Record<string, unknown>> = { ...info };
  return MemInfoSchema.fields.map(({ localName }) => {
    const value = values[localName];
    const count = typeof value === "bigint" ? value : 0n;
    return [localName, COUNTS.includes(localName) ? `${count}` : sizeText(count)];
  });
}

/** Of kilobytes, as the kernel counts. */
function sizeText(kilobytes: bigint): string {
  return byteSizeText(kilobytes * 1024n);
}
