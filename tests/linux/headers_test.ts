// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { WATCHDOG_INFO_BYTES } from "../../fs/kernel/watchdog.ts";
import * as constants from "../../fs/kernel/constants.ts";
import { SIGINFO } from "../../fs/kernel/children.ts";
import { DM_BYTES, DM_OFFSETS } from "../../fs/kernel/device_mapper.ts";
import { ERRNO } from "../../fs/kernel/errno.ts";
import { STATX_BYTES } from "../../fs/kernel/file_status.ts";
import { SIGACTION_BYTES, SIGSET_BYTES } from "../../fs/kernel/launch_script.ts";
import { LOOP_CONFIG_BYTES, LOOP_CONFIG_OFFSETS } from "../../fs/kernel/loop_device.ts";
import { MOUNT_ATTR_BYTES } from "../../fs/kernel/binds.ts";
import { STATFS_BYTES } from "../../fs/kernel/mounts.ts";
import { FIXED_BYTES } from "../../fs/kernel/network.ts";
import { OPEN_HOW_BYTES } from "../../fs/kernel/rooted_file.ts";
import { XFS_BYTES } from "../../fs/kernel/xfs_copies.ts";
import { run } from "./linux_bench.ts";

/** Names and numbers of ours, by the C expression that must have the same value. */
type Expectations = Readonly<Record<string, number | bigint>>;

const {
  AT,
  BLK,
  CLONE,
  CLOCK,
  DM,
  DM_FLAGS,
  EFD,
  FSCONFIG,
  FSMOUNT,
  FSOPEN,
  FSPICK,
  IN,
  LINUX_CAPABILITY,
  LINUX_REBOOT_CMD,
  LO_FLAGS,
  LOOP,
  MFD,
  MMAP,
  MOUNT_ATTR,
  MOVE_MOUNT,
  MS,
  NETLINK,
  NR,
  O,
  OPEN_TREE,
  POLL,
  PR,
  RESOLVE,
  RLIMIT,
  RTNETLINK,
  S_IF,
  SECBIT,
  SIGNAL,
  SEEK,
  SOCKET,
  STATX,
  UMOUNT_FLAGS,
  WAIT,
  WDIOC,
  WDIOF,
  XATTR,
  XFS_IOC,
} = constants;

/** Newer than the headers of the oldest host: compared where the header has them. */
const NEWER: readonly string[] = ["MOVE_MOUNT_BENEATH"];

const KERNEL_HEADERS = [
  "linux/mount.h",
  "asm/fcntl.h",
  "linux/fcntl.h",
  "linux/openat2.h",
  "linux/stat.h",
  "asm/unistd_64.h",
  "linux/loop.h",
  "linux/dm-ioctl.h",
  "linux/fs.h",
  "linux/watchdog.h",
  "linux/wait.h",
  "linux/reboot.h",
  "asm/poll.h",
  "asm/statfs.h",
  "asm/resource.h",
  "asm/errno.h",
  "asm/siginfo.h",
  "linux/time.h",
  "linux/netlink.h",
  "linux/rtnetlink.h",
  "linux/if_addr.h",
  "linux/memfd.h",
  "linux/sched.h",
  "linux/prctl.h",
  "linux/securebits.h",
  "linux/capability.h",
  "linux/mman.h",
  "asm/signal.h",
  "linux/resource.h",
  "linux/limits.h",
];
const { sector_start, length, next, target_type, ...DM_IOCTL_FIELDS } = DM_OFFSETS;
const DM_TARGET_FIELDS = { sector_start, length, next, target_type };
const LIBC_HEADERS = ["sys/mount.h", "sys/eventfd.h", "sys/inotify.h", "sys/socket.h", "net/if.h"];

Deno.test("constants.ts and errno.ts have the numbers of the kernel's headers", () => {
  compare(KERNEL_HEADERS, {
    ...ERRNO,
    ...prefixed("MS_", MS),
    ...prefixed("MOUNT_ATTR_", MOUNT_ATTR),
    ...prefixed("OPEN_TREE_", OPEN_TREE),
    ...prefixed("MOVE_MOUNT_", MOVE_MOUNT),
    ...prefixed("FSCONFIG_", FSCONFIG),
    ...prefixed("FSMOUNT_", FSMOUNT),
    ...prefixed("FSOPEN_", FSOPEN),
    ...prefixed("FSPICK_", FSPICK),
    ...prefixed("O_", O),
    ...prefixed("SEEK_", SEEK),
    ...prefixed("AT_", AT),
    ...prefixed("RESOLVE_", RESOLVE),
    ...prefixed("STATX_", STATX),
    ...prefixed("XATTR_", XATTR),
    ...prefixed("__NR_", NR),
    ...prefixed("MFD_", MFD),
    ...MMAP,
    ...prefixed("CLONE_", CLONE),
    ...prefixed("S_IF", S_IF),
    ...SIGNAL,
    ...prefixed("PR_", PR),
    ...prefixed("SECBIT_", SECBIT),
    ...prefixed("_LINUX_CAPABILITY_", LINUX_CAPABILITY),
    ...prefixed("LOOP_", LOOP),
    ...prefixed("LO_FLAGS_", LO_FLAGS),
    ...prefixed("DM_", DM),
    ...Object.fromEntries(
      Object.entries(DM_FLAGS).map(([name, value]) => [`DM_${name}_FLAG`, value]),
    ),
    ...prefixed("BLK", BLK),
    ...prefixed("WDIOC_", WDIOC),
    ...prefixed("WDIOF_", WDIOF),
    ...WAIT,
    ...prefixed("LINUX_REBOOT_CMD_", LINUX_REBOOT_CMD),
    ...prefixed("POLL", POLL),
    ...NETLINK,
    ...without(RTNETLINK, "IFF_UP"),
    ...prefixed("RLIMIT_", RLIMIT),
    ...prefixed("CLOCK_", CLOCK),
    // The header of XFS comes with a package of its own; how its numbers are made is the kernel's.
    [`_IOR('X', 100, char[${XFS_BYTES.fsop_geom_v1}])`]: XFS_IOC.FSGEOMETRY_V1,
    [`_IOW('X', 110, char[${XFS_BYTES.growfs_data}])`]: XFS_IOC.FSGROWFSDATA,
  });
});

Deno.test("constants.ts has the numbers of the C library's headers", () => {
  compare(LIBC_HEADERS, {
    ...UMOUNT_FLAGS,
    ...prefixed("EFD_", EFD),
    ...prefixed("IN_", IN),
    ...SOCKET,
    IFF_UP: RTNETLINK.IFF_UP,
  });
});

Deno.test("openLinux() lays out its structs as the kernel's headers do", () => {
  compare(KERNEL_HEADERS, {
    "sizeof(struct mount_attr)": MOUNT_ATTR_BYTES,
    "sizeof(struct open_how)": OPEN_HOW_BYTES,
    "sizeof(struct sigaction)": SIGACTION_BYTES,
    "sizeof(sigset_t)": SIGSET_BYTES,
    "sizeof(struct rlimit64)": 16,
    "sizeof(struct __user_cap_header_struct)": 8,
    "2 * sizeof(struct __user_cap_data_struct)": 24,
    "offsetof(struct __user_cap_data_struct, permitted)": 4,
    "offsetof(struct __user_cap_data_struct, inheritable)": 8,
    "sizeof(struct statfs)": STATFS_BYTES,
    "offsetof(struct statfs, f_bsize)": 8,
    "offsetof(struct statfs, f_blocks)": 16,
    "offsetof(struct statfs, f_bavail)": 32,
    "offsetof(struct statfs, f_frsize)": 72,
    "sizeof(struct statx)": STATX_BYTES,
    "offsetof(struct statx, stx_attributes)": 8,
    "offsetof(struct statx, stx_uid)": 20,
    "offsetof(struct statx, stx_gid)": 24,
    "offsetof(struct statx, stx_mode)": 28,
    "offsetof(struct statx, stx_ino)": 32,
    "offsetof(struct statx, stx_size)": 40,
    "offsetof(struct statx, stx_mtime.tv_sec)": 112,
    "offsetof(struct statx, stx_dev_major)": 136,
    "offsetof(struct statx, stx_dev_minor)": 140,
    "offsetof(struct statx, stx_mnt_id)": 144,
    "sizeof(struct loop_config)": LOOP_CONFIG_BYTES,
    "offsetof(struct loop_config, info.lo_flags)": LOOP_CONFIG_OFFSETS.lo_flags,
    "offsetof(struct loop_config, info.lo_file_name)": LOOP_CONFIG_OFFSETS.lo_file_name,
    ...prefixedIn("struct dm_ioctl", DM_IOCTL_FIELDS),
    ...prefixedIn("struct dm_target_spec", DM_TARGET_FIELDS),
    "sizeof(struct dm_ioctl)": DM_BYTES.dm_ioctl,
    "sizeof(struct dm_target_spec)": DM_BYTES.dm_target_spec,
    "DM_NAME_LEN": 128,
    "DM_UUID_LEN": 129,
    "DM_MAX_TYPE_NAME": 16,
    "sizeof(struct watchdog_info)": WATCHDOG_INFO_BYTES,
    "offsetof(struct watchdog_info, identity)": 8,
    "sizeof(siginfo_t)": SIGINFO.BYTES,
    "offsetof(siginfo_t, si_pid)": SIGINFO.PID_OFFSET,
    "sizeof(struct pollfd)": 8,
    "offsetof(struct pollfd, revents)": 6,
    "sizeof(struct nlmsghdr)": 16,
    "sizeof(struct ifinfomsg)": FIXED_BYTES.ifinfomsg,
    "sizeof(struct ifaddrmsg)": FIXED_BYTES.ifaddrmsg,
    "sizeof(struct rtmsg)": FIXED_BYTES.rtmsg,
  });
});

function prefixed(prefix: string, table: Expectations): Expectations {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [prefix + name, value]));
}

/** Offsets of fields. */
function prefixedIn(struct: string, fields: Expectations): Expectations {
  return Object.fromEntries(
    Object.entries(fields).map(([name, at]) => [`offsetof(${struct}, ${name})`, at]),
  );
}

function without(table: Expectations, name: string): Expectations {
  return Object.fromEntries(Object.entries(table).filter(([each]) => each !== name));
}

/** Has a C program print every expression and compares. */
function compare(headers: readonly string[], expected: Expectations): void {
  const directory = Deno.makeTempDirSync({ prefix: "strata-headers-" });
  try {
    const [source, program] = [`${directory}/print.c`, `${directory}/print`];
    Deno.writeTextFileSync(source, programText(headers, Object.keys(expected)));
    run("cc", "-o", program, source);
    const printed = run(program).trimEnd().split("\n").map((line) => line.split(" = "));
    const actual = Object.fromEntries(printed.map(([name = "", value]) => [name, value]));
    const wanted = Object.entries(expected).filter(([name]) => name in actual);
    const missing = Object.keys(expected).filter((name) => !(name in actual));
    assertEquals(missing.filter((name) => !NEWER.includes(name)), []);
    assertEquals(actual, Object.fromEntries(wanted.map(([name, value]) => [name, `${value}`])));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function programText(headers: readonly string[], expressions: readonly string[]): string {
  const print = expressions.map((each) => {
    const line = `printf("%s = %lld\\n", "${each}", (long long)(${each}));`;
    return NEWER.includes(each) ? `#ifdef ${each}\n${line}\n#endif` : line;
  });
  const includes = headers.map((each) => `#include <${each}>`);
  const main = `int main(void) {\n${print.join("\n")}\nreturn 0;\n}\n`;
  // Its own declaration, since the C library's headers and the kernel's do not go together.
  return `#include <stddef.h>\n${includes.join("\n")}\nint printf(const char *, ...);\n${main}`;
}
