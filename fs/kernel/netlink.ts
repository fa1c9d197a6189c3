/** One request to rtnetlink, and its answer. */
import { NETLINK, SOCKET } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Bytes of struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port. Source: linux/netlink.h. */
const HEADER_BYTES = 16;
/** Bytes of an answer: the error, and the request again. */
const ANSWER_BYTES_MAX = 4096;

/** What is asked. */
export interface NetlinkRequest {
  /** Its C name, for errors. */
  readonly call: string;
  /** What it is about, for errors. */
  readonly subject: string;
  readonly type: number;
  /** Besides `NLM_F_REQUEST` and `NLM_F_ACK`. */
  readonly flags: number;
  /** The fixed part and the attributes. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** An attribute: length, type, value, filled up to four bytes. */
export function attribute(type: number, value: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const length = 4 + value.length;
  const bytes = new Uint8Array(Math.ceil(length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

/** Asks, and returns when the kernel has done it; it does so before the request is sent. */
export function askNetlink(libc: Libc, request: NetlinkRequest): void {
  const { call, subject } = request;
  using socket = openSocket(libc, request);
  const message = encode(request);
  const size = BigInt(message.length);
  if (libc.call.send(socket.fd, message, size, 0) < 0n) throw libc.refused(call, subject);
  const answer = new Uint8Array(ANSWER_BYTES_MAX);
  const room = BigInt(answer.length);
  const length = Number(libc.call.recv(socket.fd, answer, room, SOCKET.MSG_DONTWAIT));
  if (length < 0) throw libc.refused(call, subject);
  const view = new DataView(answer.buffer);
  const isAnswer = length >= HEADER_BYTES + 4 && view.getUint16(4, true) === NETLINK.NLMSG_ERROR;
  const errno = isAnswer ? -view.getInt32(HEADER_BYTES, true) : ERRNO.EIO;
  if (errno !== 0) throw new SyscallError({ call, errno, subject });
}

function openSocket(libc: Libc, { call, subject }: NetlinkRequest): Descriptor {
  const type = SOCKET.SOCK_RAW | SOCKET.SOCK_CLOEXEC;
  const fd = libc.call.socket(SOCKET.AF_NETLINK, type, NETLINK.NETLINK_ROUTE);
  if (fd < 0) throw libc.refused(call, subject);
  return descriptor(libc, fd, subject);
}

function encode(request: NetlinkRequest): Uint8Array<ArrayBuffer> {
  const { type, flags, payload } = request;
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags | NETLINK.NLM_F_REQUEST | NETLINK.NLM_F_ACK, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}
