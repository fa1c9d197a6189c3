/** Block devices that the kernel makes of others by a rule: the ioctls of device-mapper. */
import { DM, DM_FLAGS, O } from "./constants.ts";
import { type Descriptor, openFile } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import type { MappedDeviceFacts, MappedDeviceRequest } from "./kernel.ts";
import { cstr, type Libc, textOf } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Made by the kernel when dm_mod is loaded. */
const CONTROL = "/dev/mapper/control";

/** The interface we speak; the kernel answers any that has the same first number. */
const VERSION = [4, 0, 0];

/** Bytes of struct dm_ioctl and of struct dm_target_spec. Source: linux/dm-ioctl.h. */
export const DM_BYTES = { dm_ioctl: 312, dm_target_spec: 40 } as const;

/** Where their fields are. */
// deno-fmt-ignore: a table
export const DM_OFFSETS = {
  version: 0, data_size: 12, data_start: 16, target_count: 20, flags: 28, dev: 40, name: 48, uuid: 176,
  sector_start: 0, length: 8, next: 20, target_type: 24,
} as const;

/** Bytes of names with their NUL. Source: linux/dm-ioctl.h. */
const DM_NAME_LEN = 128;
const DM_UUID_LEN = 129;
const DM_MAX_TYPE_NAME = 16;

/** Bytes of one exchange: a table of one target and its parameters take a tenth of it. */
const EXCHANGE_BYTES = 16 * 1024;

/**
 * Makes a read-only mapped device of one target and starts it.
 *
 * @returns Its path, which devtmpfs has by then.
 * @throws {SyscallError} `EBUSY` when the name or uuid is taken, `EINVAL` for parameters that the target refuses, …;
 * nothing is left behind.
 */
export function createMapped(libc: Libc, request: MappedDeviceRequest): string {
  using control = openFile(libc, CONTROL, { flags: O.RDWR });
  const { name, uuid } = request;
  const created = exchange(libc, control, { call: "DEV_CREATE", name, uuid });
  using undo = new DisposableStack();
  undo.defer(() => void exchange(libc, control, { call: "DEV_REMOVE", name }));
  exchange(libc, control, { call: "TABLE_LOAD", name, flags: DM_FLAGS.READONLY, table: request });
  exchange(libc, control, { call: "DEV_SUSPEND", name }); // Without the flag to suspend, it resumes.
  undo.move();
  return devicePath(created);
}

/** Takes a mapped device away. @throws {SyscallError} `ENXIO` when there is none, `EBUSY` while it is in use. */
export function removeMapped(libc: Libc, name: string): void {
  using control = openFile(libc, CONTROL, { flags: O.RDWR });
  exchange(libc, control, { call: "DEV_REMOVE", name });
}

/** What the kernel says of the active table of a mapped device of one target. */
export function mappedDevice(libc: Libc, name: string): MappedDeviceFacts {
  using control = openFile(libc, CONTROL, { flags: O.RDWR });
  const flags = DM_FLAGS.STATUS_TABLE;
  const table = exchange(libc, control, { call: "TABLE_STATUS", name, flags });
  const status = exchange(libc, control, { call: "TABLE_STATUS", name });
  const facts = table.getUint32(DM_OFFSETS.flags, true);
  return {
    path: devicePath(table),
    uuid: textAt(table, DM_OFFSETS.uuid, DM_UUID_LEN),
    readOnly: (facts & DM_FLAGS.READONLY) !== 0,
    ...targetOf(table, name),
    status: targetOf(status, name).parameters,
  };
}

interface Exchange {
  readonly call: keyof typeof DM;
  readonly name: string;
  readonly uuid?: string;
  readonly flags?: number;
  readonly table?: Pick<MappedDeviceRequest, "type" | "sectors" | "parameters">;
}

/** One ioctl: the same bytes are the question and the answer. */
function exchange(
  libc: Libc,
  control: Descriptor,
  { call, name, uuid = "", flags = 0, table }: Exchange,
): DataView<ArrayBuffer> {
  const bytes = new Uint8Array(EXCHANGE_BYTES);
  const view = new DataView(bytes.buffer);
  VERSION.forEach((part, index) => view.setUint32(DM_OFFSETS.version + 4 * index, part, true));
  view.setUint32(DM_OFFSETS.data_size, bytes.length, true);
  view.setUint32(DM_OFFSETS.data_start, DM_BYTES.dm_ioctl, true);
  view.setUint32(DM_OFFSETS.flags, flags, true);
  putText(bytes, { at: DM_OFFSETS.name, text: name, bytesMax: DM_NAME_LEN, what: "name" });
  putText(bytes, { at: DM_OFFSETS.uuid, text: uuid, bytesMax: DM_UUID_LEN, what: "uuid" });
  if (table !== undefined) {
    view.setUint32(DM_OFFSETS.target_count, 1, true);
    putTarget(bytes, table);
  }
  if (libc.call.ioctl(control.fd, DM[call], bytes) !== 0) throw libc.refused(`DM_${call}`, name);
  if ((view.getUint32(DM_OFFSETS.flags, true) & DM_FLAGS.BUFFER_FULL) !== 0) {
    throw new SyscallError({ call: `DM_${call}`, errno: ERRNO.EFBIG, subject: name });
  }
  return view;
}

function putTarget(
  bytes: Uint8Array<ArrayBuffer>,
  { type, sectors, parameters }: NonNullable<Exchange["table"]>,
): void {
  const at = DM_BYTES.dm_ioctl;
  const view = new DataView(bytes.buffer, at);
  view.setBigUint64(DM_OFFSETS.sector_start, 0n, true);
  view.setBigUint64(DM_OFFSETS.length, sectors, true);
  putText(bytes, {
    at: at + DM_OFFSETS.target_type,
    text: type,
    bytesMax: DM_MAX_TYPE_NAME,
    what: "target type",
  });
  putText(bytes, {
    at: at + DM_BYTES.dm_target_spec,
    text: parameters,
    bytesMax: bytes.length - at - DM_BYTES.dm_target_spec,
    what: "parameters",
  });
}

/** @throws {RangeError} It does not fit, or holds a NUL. */
function putText(
  bytes: Uint8Array,
  put: {
    readonly at: number;
    readonly text: string;
    readonly bytesMax: number;
    readonly what: string;
  },
): void {
  const text = cstr(put.text);
  if (text.length > put.bytesMax) {
    const may = `it may have ${put.bytesMax - 1}`;
    throw new RangeError(`Cannot use a ${put.what} of ${text.length - 1} bytes: ${may}`);
  }
  bytes.set(text, put.at);
}

/** The only target of an answer. */
function targetOf(
  answer: DataView<ArrayBuffer>,
  name: string,
): Pick<MappedDeviceRequest, "type" | "sectors" | "parameters"> {
  if (answer.getUint32(DM_OFFSETS.target_count, true) !== 1) {
    const detail = "it has not one target";
    throw new SyscallError({
      call: "DM_TABLE_STATUS",
      errno: ERRNO.ENXIO,
      subject: name,
      detail,
    });
  }
  const at = answer.getUint32(DM_OFFSETS.data_start, true);
  const parametersAt = at + DM_BYTES.dm_target_spec;
  return {
    type: textAt(answer, at + DM_OFFSETS.target_type, DM_MAX_TYPE_NAME),
    sectors: answer.getBigUint64(at + DM_OFFSETS.length, true),
    parameters: textAt(answer, parametersAt, answer.byteLength - parametersAt),
  };
}

function textAt(view: DataView<ArrayBuffer>, at: number, length: number): string {
  return textOf(new Uint8Array(view.buffer, at, length));
}

/** devtmpfs calls it by its minor number, which is in the low byte and above the twentieth bit. */
function devicePath(answer: DataView<ArrayBuffer>): string {
  const dev = Number(answer.getBigUint64(DM_OFFSETS.dev, true));
  return `/dev/dm-${(dev & 0xff) | ((dev >> 12) & ~0xff)}`;
}
