/**
 * Numbers of the kernel's interface under their C names, the common prefix taken off, for x86-64.
 *
 * tests/linux compares every table with the C headers named here.
 */

/** Of mount(2). Source: linux/mount.h. */
// deno-fmt-ignore: a table
export const MS = {
  RDONLY: 0x1n, NOSUID: 0x2n, NODEV: 0x4n, NOEXEC: 0x8n, REMOUNT: 0x20n, BIND: 0x1000n, MOVE: 0x2000n, REC: 0x4000n,
  PRIVATE: 0x4_0000n, SLAVE: 0x8_0000n, SHARED: 0x10_0000n, RELATIME: 0x20_0000n, STRICTATIME: 0x100_0000n,
} as const;

/** Of mount_setattr(2). Source: linux/mount.h. */
// deno-fmt-ignore: a table
export const MOUNT_ATTR = { RDONLY: 0x1n, NOSUID: 0x2n, NODEV: 0x4n, NOEXEC: 0x8n } as const;

/** Of open_tree(2). Source: linux/mount.h. */
export const OPEN_TREE = { CLONE: 1, CLOEXEC: 0x8_0000 } as const;

/** Of move_mount(2); BENEATH since Linux 6.5. Source: linux/mount.h. */
export const MOVE_MOUNT = { F_EMPTY_PATH: 0x4, T_EMPTY_PATH: 0x40, BENEATH: 0x200 } as const;

/** Commands of fsconfig(2). Source: linux/mount.h. */
export const FSCONFIG = { SET_FLAG: 0, SET_STRING: 1, CMD_CREATE: 6, CMD_RECONFIGURE: 7 } as const;

/** Of fsopen(2). Source: linux/mount.h. */
export const FSOPEN = { CLOEXEC: 1 } as const;

/** Of fsmount(2). Source: linux/mount.h. */
export const FSMOUNT = { CLOEXEC: 1 } as const;

/** Of fspick(2). Source: linux/mount.h. */
export const FSPICK = { CLOEXEC: 1, EMPTY_PATH: 8 } as const;

/** Of umount2(2). Source: sys/mount.h. */
export const UMOUNT_FLAGS = { MNT_DETACH: 2, UMOUNT_NOFOLLOW: 8 } as const;

/** Of open(2). Source: asm/fcntl.h. */
// deno-fmt-ignore: a table
export const O = {
  RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 0o100, EXCL: 0o200, TRUNC: 0o1000, NONBLOCK: 0o4000,
  DIRECTORY: 0o20_0000, NOFOLLOW: 0o40_0000, CLOEXEC: 0o200_0000, PATH: 0o1000_0000,
} as const;

/** Of lseek(2). Source: linux/fs.h. */
export const SEEK = { END: 2 } as const;

/** Of the calls that take a directory. Source: linux/fcntl.h. */
// deno-fmt-ignore: a table
export const AT = {
  FDCWD: -100, SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, NO_AUTOMOUNT: 0x800, EMPTY_PATH: 0x1000,
  RECURSIVE: 0x8000,
} as const;

/** Of openat2(2). Source: linux/openat2.h. */
export const RESOLVE = { NO_MAGICLINKS: 0x02n, NO_SYMLINKS: 0x04n, IN_ROOT: 0x10n } as const;

/** Of statx(2). Source: linux/stat.h. */
export const STATX = { BASIC_STATS: 0x7ff, MNT_ID: 0x1000, ATTR_MOUNT_ROOT: 0x2000n } as const;

/** Of extended attributes, in bytes. Source: linux/limits.h. */
export const XATTR = { LIST_MAX: 65_536, SIZE_MAX: 65_536 } as const;

/** Numbers of calls that go through syscall(2), or are made by a launch script. Source: asm/unistd_64.h. */
// deno-fmt-ignore: a table
export const NR = {
  write: 1n, open: 2n, close: 3n, mmap: 9n, rt_sigaction: 13n, rt_sigprocmask: 14n, execve: 59n, exit: 60n, chdir: 80n,
  mkdir: 83n, symlink: 88n, fchown: 93n, umask: 95n, setgroups: 116n, setresuid: 117n, setresgid: 119n, capset: 126n,
  mknod: 133n, pivot_root: 155n, prctl: 157n, mount: 165n, umount2: 166n, getdents64: 217n, unshare: 272n, prlimit64: 302n,
  finit_module: 313n, pidfd_send_signal: 424n, open_tree: 428n, move_mount: 429n, fsopen: 430n, fsconfig: 431n,
  fsmount: 432n, fspick: 433n, pidfd_open: 434n, close_range: 436n, openat2: 437n, mount_setattr: 442n,
} as const;

/** Of mmap(2). Source: linux/mman.h, asm-generic/mman-common.h. */
export const MMAP = { PROT_READ: 1, PROT_WRITE: 2, MAP_SHARED: 1, MAP_FIXED: 0x10 } as const;

/** Of memfd_create(2). Source: linux/memfd.h. */
export const MFD = { CLOEXEC: 1 } as const;

/** Of unshare(2). Source: linux/sched.h. */
export const CLONE = { NEWNS: 0x2_0000, NEWCGROUP: 0x200_0000 } as const;

/** Of mknod(2). Source: linux/stat.h. */
export const S_IF = { REG: 0o10_0000 } as const;

/** Of sigprocmask(2) and sigaction(2). Source: asm/signal.h. */
export const SIGNAL = { SIG_SETMASK: 2, SIGKILL: 9, SIGSTOP: 19 } as const;

/** Of prctl(2). Source: linux/prctl.h. */
// deno-fmt-ignore: a table
export const PR = {
  SET_KEEPCAPS: 8, CAPBSET_DROP: 24, SET_SECUREBITS: 28, SET_NO_NEW_PRIVS: 38, CAP_AMBIENT: 47, CAP_AMBIENT_RAISE: 2,
} as const;

/** What being root means. Source: linux/securebits.h. */
export const SECBIT = { NOROOT: 1, NOROOT_LOCKED: 2 } as const;

/** Of capset(2). Source: linux/capability.h. */
export const LINUX_CAPABILITY = { VERSION_3: 0x2008_0522 } as const;

/** Of loop devices. Source: linux/loop.h. */
export const LOOP = { CTL_GET_FREE: 0x4c82n, CONFIGURE: 0x4c0an } as const;

/** Flags of a loop device. Source: linux/loop.h. */
export const LO_FLAGS = { READ_ONLY: 1, AUTOCLEAR: 4 } as const;

/** Of device-mapper. Source: linux/dm-ioctl.h. */
// deno-fmt-ignore: a table
export const DM = {
  DEV_CREATE: 0xc138_fd03n, DEV_REMOVE: 0xc138_fd04n, DEV_SUSPEND: 0xc138_fd06n, TABLE_LOAD: 0xc138_fd09n,
  TABLE_STATUS: 0xc138_fd0cn,
} as const;

/** Flags of struct dm_ioctl, `_FLAG` taken off their ends. Source: linux/dm-ioctl.h. */
export const DM_FLAGS = { READONLY: 0x1, STATUS_TABLE: 0x10, BUFFER_FULL: 0x100 } as const;

/** Of block devices. Source: linux/fs.h. */
export const BLK = { GETSIZE64: 0x8008_1272n, SSZGET: 0x1268n, RRPART: 0x125fn } as const;

/** Of XFS. Source: xfs/xfs_fs.h. */
export const XFS_IOC = { FSGEOMETRY_V1: 0x8070_5864n, FSGROWFSDATA: 0x4010_586en } as const;

/** Of watchdogs. Source: linux/watchdog.h. */
// deno-fmt-ignore: a table
export const WDIOC = {
  GETSUPPORT: 0x8028_5700n, GETBOOTSTATUS: 0x8004_5702n, KEEPALIVE: 0x8004_5705n,
  SETTIMEOUT: 0xc004_5706n, GETTIMEOUT: 0x8004_5707n,
} as const;

/** What a watchdog knows and can. Source: linux/watchdog.h. */
export const WDIOF = { CARDRESET: 0x20, SETTIMEOUT: 0x80, MAGICCLOSE: 0x100 } as const;

/** Of waitid(2). Source: linux/wait.h. */
// deno-fmt-ignore: a table
export const WAIT = { P_ALL: 0, P_PID: 1, WNOHANG: 1, WEXITED: 4, WNOWAIT: 0x100_0000 } as const;

/** Of reboot(2). Source: linux/reboot.h. */
export const LINUX_REBOOT_CMD = {
  RESTART: 0x0123_4567,
  CAD_OFF: 0,
  POWER_OFF: 0x4321_fedc,
} as const;

/** Of poll(2). Source: asm/poll.h. */
export const POLL = { IN: 0x1, PRI: 0x2, ERR: 0x8 } as const;

/** Of eventfd(2). Source: sys/eventfd.h. */
export const EFD = { CLOEXEC: 0o200_0000, NONBLOCK: 0o4000 } as const;

/** Of inotify(7). Source: sys/inotify.h. */
// deno-fmt-ignore: a table
export const IN = {
  MODIFY: 0x2, MOVED_FROM: 0x40, DELETE: 0x200, DELETE_SELF: 0x400, MOVE_SELF: 0x800, ONLYDIR: 0x100_0000,
  CLOEXEC: 0o200_0000, NONBLOCK: 0o4000,
} as const;

/** Of sockets. Source: sys/socket.h. */
// deno-fmt-ignore: a table
export const SOCKET = {
  AF_INET: 2, AF_NETLINK: 16, SOCK_RAW: 3, SOCK_CLOEXEC: 0o200_0000, MSG_DONTWAIT: 0x40,
} as const;

/** Of netlink messages. Source: linux/netlink.h. */
// deno-fmt-ignore: a table
export const NETLINK = {
  NETLINK_ROUTE: 0, NLM_F_REQUEST: 0x1, NLM_F_ACK: 0x4, NLM_F_EXCL: 0x200, NLM_F_CREATE: 0x400, NLMSG_ERROR: 2,
} as const;

/** Of rtnetlink. Source: linux/rtnetlink.h, linux/if_addr.h, linux/if.h. */
// deno-fmt-ignore: a table
export const RTNETLINK = {
  RTM_NEWLINK: 16, RTM_NEWADDR: 20, RTM_NEWROUTE: 24, IFF_UP: 1, IFA_ADDRESS: 1, IFA_LOCAL: 2, IFA_BROADCAST: 4,
  RTA_OIF: 4, RTA_GATEWAY: 5, RT_TABLE_MAIN: 254, RTPROT_BOOT: 3, RT_SCOPE_UNIVERSE: 0, RT_SCOPE_HOST: 254,
  RTN_UNICAST: 1,
} as const;

/** Of setrlimit(2). Source: asm-generic/resource.h. */
export const RLIMIT = { NOFILE: 7 } as const;

/** Of clock_gettime(2). Source: linux/time.h. */
export const CLOCK = { BOOTTIME: 7 } as const;
