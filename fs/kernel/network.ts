/** Names, links, addresses and the default route. */
import { NETLINK, RTNETLINK as RT, SOCKET } from "./constants.ts";
import { ERRNO } from "./errno.ts";
import { parseInetAddress, parseInetPrefix } from "./inet.ts";
import type { NetworkCalls } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";
import { askNetlink, attribute, type NetlinkRequest } from "./netlink.ts";
import { SyscallError } from "./syscall_error.ts";

/** Bytes of the fixed parts. Source: linux/rtnetlink.h, linux/if_addr.h. */
export const FIXED_BYTES = { ifinfomsg: 16, ifaddrmsg: 8, rtmsg: 12 } as const;

/** The network calls of Linux. */
export function networkCalls(libc: Libc): NetworkCalls {
  return {
    setHostname(name) {
      const bytes = cstr(name);
      if (libc.call.sethostname(bytes, BigInt(bytes.length - 1)) !== 0) {
        throw libc.refused("sethostname", name);
      }
    },
    linkUp: (name) => linkUp(libc, name),
    addAddress(name, cidr) {
      addUnlessThere(libc, addressRequest(cidr, linkIndex(libc, "RTM_NEWADDR", name)));
    },
    addDefaultRoute(gateway, name) {
      addUnlessThere(libc, routeRequest(gateway, linkIndex(libc, "RTM_NEWROUTE", name)));
    },
  };
}

function linkIndex(libc: Libc, call: string, name: string): number {
  const index = libc.call.if_nametoindex(cstr(name));
  if (index === 0) throw new SyscallError({ call, errno: ERRNO.ENODEV, subject: name });
  return index;
}

function linkUp(libc: Libc, name: string): void {
  const call = "RTM_NEWLINK";
  // struct ifinfomsg: u8 family, u8 pad, u16 type, s32 index, u32 flags, u32 change.
  const payload = new Uint8Array(FIXED_BYTES.ifinfomsg);
  const view = new DataView(payload.buffer);
  view.setInt32(4, linkIndex(libc, call, name), true);
  view.setUint32(8, RT.IFF_UP, true);
  view.setUint32(12, RT.IFF_UP, true);
  askNetlink(libc, { call, subject: name, type: RT.RTM_NEWLINK, flags: 0, payload });
}

/** What adds an address. */
function addressRequest(cidr: string, index: number): NetlinkRequest {
  const { bytes, prefixLength } = parseInetPrefix(cidr);
  const isLoopback = bytes[0] === 127;
  // struct ifaddrmsg: u8 family, u8 prefix length, u8 flags, u8 scope, u32 index.
  const fixed = new Uint8Array(FIXED_BYTES.ifaddrmsg);
  fixed.set([
    SOCKET.AF_INET,
    prefixLength,
    0,
    isLoopback ? RT.RT_SCOPE_HOST : RT.RT_SCOPE_UNIVERSE,
  ]);
  new DataView(fixed.buffer).setUint32(4, index, true);
  const parts = [fixed, attribute(RT.IFA_LOCAL, bytes), attribute(RT.IFA_ADDRESS, bytes)];
  if (!isLoopback && prefixLength < 31) {
    parts.push(attribute(RT.IFA_BROADCAST, broadcastOf(bytes, prefixLength)));
  }
  return {
    call: "RTM_NEWADDR",
    subject: cidr,
    type: RT.RTM_NEWADDR,
    flags: NETLINK.NLM_F_CREATE | NETLINK.NLM_F_EXCL,
    payload: joined(parts),
  };
}

/** What adds the default route. */
function routeRequest(gateway: string, index: number): NetlinkRequest {
  // struct rtmsg: u8 family, dst_len, src_len, tos, table, protocol, scope, type, u32 flags.
  const fixed = new Uint8Array(FIXED_BYTES.rtmsg);
  fixed[0] = SOCKET.AF_INET;
  fixed.set([RT.RT_TABLE_MAIN, RT.RTPROT_BOOT, RT.RT_SCOPE_UNIVERSE, RT.RTN_UNICAST], 4);
  const link = new Uint8Array(4);
  new DataView(link.buffer).setUint32(0, index, true);
  const parts = [
    fixed,
    attribute(RT.RTA_GATEWAY, parseInetAddress(gateway)),
    attribute(RT.RTA_OIF, link),
  ];
  return {
    call: "RTM_NEWROUTE",
    subject: gateway,
    type: RT.RTM_NEWROUTE,
    flags: NETLINK.NLM_F_CREATE | NETLINK.NLM_F_EXCL,
    payload: joined(parts),
  };
}

function addUnlessThere(libc: Libc, request: NetlinkRequest): void {
  try {
    askNetlink(libc, request);
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("EEXIST"))) throw error;
  }
}

function broadcastOf(address: Uint8Array, prefixLength: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(address);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (view.getUint32(0) | (0xffff_ffff >>> prefixLength)) >>> 0);
  return bytes;
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
